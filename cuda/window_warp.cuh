// cuda/window_warp.cuh: what a warp has of an array: elements in a row for each lane, moved 16 bytes at a time.
// SPDX-License-Identifier: MIT
#pragma once

#include <cuda/machine.cuh>

#include <cstddef>
#include <cstdint>

namespace lanes::device {

/// The address of an element, counted in elements, modulo a power of two.
template <unsigned modulus, class T>
__host__ __device__ inline unsigned address_modulo(const T* element) {
    return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(element) / sizeof(T)) % modulus;
}

/// `of_lane` elements in a row for each lane of a warp. In shared memory they lie as vectors of 16 bytes in such an order
/// that neither a lane's own vectors, nor those of neighbouring lanes in a row, meet in a bank; behind them is room for
/// one vector more.
template <class T, unsigned of_lane>
struct warp_part {
    using N = device_number<T>;
    static constexpr unsigned vector = vector_of<T>::size, vectors = of_lane / vector, size = warp_size * of_lane,
                              room = size + vector;
    static_assert(vectors <= 8);

    /// Where vector v begins; where vector `lane` of row k does; and where element i lies.
    __device__ static unsigned place(unsigned v) { return (v ^ (v / 8 % vectors)) * vector; }
    __device__ static unsigned place_in_row(unsigned k) {
        return (place(lane_index()) ^ (vectors == 8 ? k % 2 * 4 * vector : 0)) + k * warp_size * vector;
    }
    __device__ static unsigned place_of_element(unsigned i) { return place(i / vector) + i % vector; }

    __device__ static void unpack(const vector_of<T>& from, N* to) {
#pragma unroll
        for (unsigned i = 0; i < vector; ++i) to[i] = N(from.items[i]);
    }
    __device__ static vector_of<T> pack(const N* from) {
        vector_of<T> packed;
#pragma unroll
        for (unsigned i = 0; i < vector; ++i) packed.items[i] = from[i].value;
        return packed;
    }

    /// Between shared memory and this lane's elements, or those of lane `run` of warps whose parts lie in a row.
    __device__ static void take(const T* part, N (&own)[of_lane], unsigned run = lane_index()) {
#pragma unroll
        for (unsigned k = 0; k < vectors; ++k)
            unpack(load_vector_written(part + (place(run * vectors) ^ k * vector)), own + k * vector);
    }
    __device__ static void put(T* part, const N (&own)[of_lane]) {
#pragma unroll
        for (unsigned k = 0; k < vectors; ++k)
            store_vector(part + (place(lane_index() * vectors) ^ k * vector), pack(own + k * vector));
    }

    /// Elements of row k of vectors, or of row j of elements, from memory into registers, and from there into shared
    /// memory. Rows of vectors come from an address that is a multiple of 16.
    __device__ static void load_rows(const T* from, N (&rows)[of_lane]) {
#pragma unroll
        for (unsigned k = 0; k < vectors; ++k)
            unpack(load_vector(from + (lane_index() + k * warp_size) * vector), rows + k * vector);
    }
    __device__ static void put_rows(T* part, const N (&rows)[of_lane]) {
#pragma unroll
        for (unsigned k = 0; k < vectors; ++k) store_vector(part + place_in_row(k), pack(rows + k * vector));
    }
    __device__ static void load_rows_of_elements(const T* x, std::int64_t size_of_x, std::int64_t first,
                                                 N (&rows)[of_lane]) {
#pragma unroll
        for (unsigned j = 0; j < of_lane; ++j) {
            const std::int64_t position = first + lane_index() + j * warp_size;
            rows[j] = N(position >= 0 && position < size_of_x ? x[position] : T(-0.0));
        }
    }
    __device__ static void put_rows_of_elements(T* part, const N (&rows)[of_lane]) {
#pragma unroll
        for (unsigned j = 0; j < of_lane; ++j) part[place_of_element(lane_index() + j * warp_size)] = rows[j].value;
    }

    /// This lane's elements from memory: from an address that is a multiple of 16, and from any where they exist.
    __device__ static void load(const T* from, N (&own)[of_lane]) {
#pragma unroll
        for (unsigned k = 0; k < vectors; ++k)
            unpack(load_vector(from + lane_index() * of_lane + k * vector), own + k * vector);
    }
    __device__ static void load_existing(const T* x, std::int64_t size_of_x, std::int64_t first, N (&own)[of_lane]) {
#pragma unroll
        for (unsigned j = 0; j < of_lane; ++j) {
            const std::int64_t position = first + lane_index() * of_lane + j;
            own[j] = N(position >= 0 && position < size_of_x ? x[position] : T(-0.0));
        }
    }

    /// All elements to memory, by way of shared memory: lanes store vectors in a row, to addresses that are multiples of
    /// 16. Those begin `ahead` < vector elements before `to`; of the elements before and behind whole vectors, which are
    /// one vector together, lanes store one each. Vectors before number `first` are left out; if that is 0, there are
    /// elements before.
    __device__ static void store(T* part, const N (&own)[of_lane], T* to, unsigned ahead, unsigned first) {
        put_moved<0>(part, own, ahead);
        synchronize_warp();
        T* const aligned = to - ahead + lane_index() * vector;
        const unsigned first_whole = first == 0 && ahead != 0 ? 1 : first;
#pragma unroll
        for (unsigned k = 0; k < vectors; ++k)
            if (lane_index() + k * warp_size >= first_whole)
                store_vector_to_memory(aligned + k * warp_size * vector, load_vector_written(part + place_in_row(k)));
        if (first == 0 && ahead != 0 && lane_index() < vector) {
            const unsigned i = lane_index() >= ahead ? lane_index() : size + lane_index();
            to[static_cast<int>(i - ahead)] = part[i]; // the vectors 0 and `size` lie at their places
        }
    }

private:
    /// Into shared memory `by` places behind; the last ones into the vector behind all.
    template <unsigned distance>
    __device__ static void put_moved(T* part, const N (&own)[of_lane], unsigned by) {
        if constexpr (distance + 1 < vector) {
            if (by != distance) return put_moved<distance + 1>(part, own, by);
        }
        N moved[of_lane];
#pragma unroll
        for (unsigned j = of_lane; j-- > distance;) moved[j] = own[j - distance];
        if constexpr (distance != 0) {
#pragma unroll
            for (unsigned j = 0; j < distance; ++j) moved[j] = shuffle_up(own[of_lane - distance + j], 1);
        }
        put(part, moved);
        if constexpr (distance != 0) {
            if (lane_index() == warp_size - 1)
#pragma unroll
                for (unsigned i = 0; i < distance; ++i) part[size + i] = own[of_lane - distance + i].value;
        }
    }
};

/// The sum of a word over this lane and those before it.
__device__ inline std::uint32_t sum_up_to_lane(std::uint32_t word) {
#pragma unroll
    for (unsigned step = 1; step < warp_size; step *= 2) {
        const std::uint32_t earlier = shuffle_up(word, step);
        if (lane_index() >= step) word += earlier;
    }
    return word;
}

} // namespace lanes::device

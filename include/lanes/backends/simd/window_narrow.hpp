// lanes/backends/simd/window_narrow.hpp: sums over windows of at most 64 elements.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/simd/window_finish.hpp>
#include <lanes/backends/simd/window_levels.hpp>
#include <lanes/core/windows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace lanes {

/// to[i] = element first + i of x as it enters a sum, -0 where x has none.
template <class Operation, real T>
void copy_elements(std::span<const T> x, std::ptrdiff_t first, T* to, std::size_t count) {
    const auto size = static_cast<std::ptrdiff_t>(x.size()), last = first + static_cast<std::ptrdiff_t>(count);
    const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(0, first, last), end = std::clamp(size, begin, last);
    to = std::fill_n(to, begin - first, T(-0.0));
    to = std::transform(x.data() + begin, x.data() + end, to, [](T element) { return Operation::element(element); });
    std::fill_n(to, last - end, T(-0.0));
}

/// Makes the results of consecutive windows, tile by tile.
template <class Arch, class Operation, real T>
class narrow_windows {
public:
    narrow_windows(std::size_t width, std::span<const T> x, std::ptrdiff_t first) : x_(x), end_(first), levels_(width) {
        width_ = width;
        copy_elements<Operation>(x, first - warm_up, copy_.data() + margin, warm_up);
        copy_[margin - 1] = T(-0.0);
        levels_.advance(copy_.data() + margin, warm_up);
        levels_.keep_history(warm_up);
    }

    /// How many results the next call makes, if `left` are wanted in all.
    std::size_t next_count(std::size_t left) const {
        return left >= tile ? tile : left >= step ? left / step * step : left;
    }

    /// out[i] = finish of sums of the next `count` windows. `as_is`: elements in reach enter the sum unchanged.
    template <class Finish>
    void next(T* out, std::size_t count, bool as_is, const Finish& finish) {
        const std::size_t rounded = (count + step - 1) / step * step;
        const T* from = copy_.data() + margin;
        if (as_is && rounded == count && end_ > 0 && static_cast<std::size_t>(end_) + count <= x_.size())
            from = x_.data() + end_;
        else copy_elements<Operation>(x_, end_ - margin, copy_.data(), margin + rounded);
        levels_.advance(from, rounded);
        const auto pieces = levels_.pieces_of(width_);
        std::size_t i = 0;
        for (; i + step <= count; i += step)
            finish.store(out + i, pieces.template sums<registers>(static_cast<std::ptrdiff_t>(i)));
        if (i < count) {
            alignas(64) std::array<T, step> last;
            finish.store(last.data(), pieces.template sums<registers>(static_cast<std::ptrdiff_t>(i)));
            std::copy_n(last.data(), count - i, out + i);
        }
        levels_.keep_history(rounded);
        end_ += static_cast<std::ptrdiff_t>(count);
    }

private:
    static constexpr std::size_t registers = 8, step = registers * xsimd::batch<T, Arch>::size;
    static constexpr std::size_t tile = 4096 / sizeof(T);
    static constexpr std::ptrdiff_t margin = chunk_size, warm_up = std::max(chunk_size, step);

    std::span<const T> x_;
    std::size_t width_;
    std::ptrdiff_t end_; // of the next window
    window_levels<Arch, T, registers, tile> levels_;
    alignas(64) std::array<T, margin + tile> copy_;
};

} // namespace lanes

// tests/cuda/recurrence.cpp: recurrences by the kernels of the device, on the emulated one, have the bits of serial.
// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <cuda/recurrence.cuh>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace {

template <class Step, class T>
void compare(const Step& step, std::span<const T> x, bool in_place = false) {
    std::vector<T> expected(x.size());
    lanes::serial.recurrence(step, x, std::span<T>(expected));
    guarded<T> in(x, x.size() % 2 == 0), apart(x.size(), x.size() % 3 == 0);
    T* const out = in_place ? in.span().data() : apart.span().data();
    lanes::device::recurrence(emulated, step, static_cast<const T*>(in.span().data()), out, x.size());
    INFO("size " << x.size() << ", alpha " << step.alpha << ", adjust " << step.adjust << ", ignore_na "
                 << step.ignore_na << ", min_periods " << step.min_periods);
    CHECK(differences<T>(expected, std::span<const T>(out, x.size())) == 0);
}

template <class T>
void compare_ewm(T alpha, std::size_t min_periods, std::span<const T> x) {
    for (const bool adjust : {false, true})
        for (const bool ignore_na : {false, true})
            compare(lanes::ewm_step<T>{alpha, adjust, ignore_na, min_periods}, x);
}

/// Other blocks, in other orders; those that carry need others beside them.
struct order_of_blocks {
    explicit order_of_blocks(std::size_t k) {
        lanes::emulation::schedule = {2 + k % 4, k % 2 != 0, k % 3 == 1, k % 6 == 4};
    }
    ~order_of_blocks() { lanes::emulation::schedule = usual; }
    const lanes::emulation::schedule_of_blocks usual = lanes::emulation::schedule;
};

/// Block 0 looks back from `tile`; block 1 has something to leave.
void look_back(lanes::device::last_rows_of_tiles rows, std::uint64_t tile, std::uint64_t late, std::uint64_t row,
               std::uint64_t* found) {
    if (lanes::device::block_index() == 1) {
        if (lanes::device::thread_index() == 0) rows.leave(late, row);
        return;
    }
    const std::uint64_t last = rows.before(tile);
    if (lanes::device::thread_index() == 0) *found = last;
}

void lower(std::uint64_t* word) {
    if (lanes::device::thread_index() == 0)
        lanes::device::lower_relaxed(word, lanes::device::block_index() == 0 ? 5 : 9000);
}

} // namespace

TEST_CASE("cuda kernels: the lowest of what blocks leave stays") {
    const auto usual = lanes::emulation::schedule;
    for (const std::uint64_t blocks : {2, 3, 4, 5})
        for (std::size_t resident = 2; resident < 6; ++resident) {
            lanes::emulation::schedule = {resident, blocks % 2 != 0, true, false};
            std::uint64_t word = ~std::uint64_t{0};
            lanes::device::launch({blocks, 32}, nullptr, lower, &word);
            CHECK(word == 5);
        }
    lanes::emulation::schedule = usual;
}

TEST_CASE("cuda kernels: the last observed row before a tile is found, and waited for") {
    using lanes::device::last_rows_of_tiles;
    const std::uint64_t tile = 100;
    for (const std::uint64_t known : {0, 1, 3, 35, 36, 67, 68, 98, 99}) // the last tile that has left a row
        for (const std::uint64_t late : {0, 1, 40, 68, 98, 99}) {       // leaves one while others look
            std::vector<std::uint64_t> rows(tile + 5, last_rows_of_tiles::none);
            for (std::uint64_t t = 0; t <= known; ++t) rows[t] = 1000 + t;
            for (std::uint64_t t = tile; t < rows.size(); ++t) rows[t] = 5000;
            rows[late] = last_rows_of_tiles::absent;
            std::uint64_t found = 0;
            for (const std::uint64_t row : {last_rows_of_tiles::none, std::uint64_t{2000}}) {
                if (row == last_rows_of_tiles::none && late == 0 && known == 0) continue; // there is always one
                rows[late] = last_rows_of_tiles::absent;
                lanes::device::launch({2, 32}, nullptr, look_back, last_rows_of_tiles{rows.data()}, tile, late, row,
                                      &found);
                CAPTURE(known, late, row);
                const bool is_late = row == 2000 && late >= known;
                CHECK(found == (is_late ? 2000 : known == late ? 1000 + known - 1 : 1000 + known));
            }
        }
}

TEMPLATE_TEST_CASE("cuda kernels: exponential moving averages", "", float, double) {
    using T = TestType;
    std::size_t turn = 0;
    for (const std::size_t size : {1, 2, 7, 8, 9, 63, 65, 511, 513, 4095, 4096, 4097, 8192, 8200, 20000, 70000}) {
        const order_of_blocks order(turn++);
        for (const T alpha : {T(0.3), T(1e-5), T(0.999), T(1)}) {
            compare(lanes::ema_step<T>{alpha}, std::span<const T>(some_numbers<T>(size, false)));
            compare(lanes::ema_step<T>{alpha}, std::span<const T>(some_numbers<T>(size, false)), true);
        }
        auto x = some_numbers<T>(size, false);
        x[size / 2] = std::numeric_limits<T>::quiet_NaN();
        compare(lanes::ema_step<T>{T(0.1)}, std::span<const T>(x));
        x[0] = std::numeric_limits<T>::infinity();
        compare(lanes::ema_step<T>{T(0.1)}, std::span<const T>(x));
        x[0] = T(-0.0);
        x[size / 2] = std::numeric_limits<T>::denorm_min();
        compare(lanes::ema_step<T>{T(0.1)}, std::span<const T>(x), true);
    }
}

TEMPLATE_TEST_CASE("cuda kernels: weighted means without missing rows", "", float, double) {
    using T = TestType;
    std::size_t turn = 0;
    for (const std::size_t size : {1, 9, 513, 4096, 4097, 20000}) {
        const order_of_blocks order(turn++);
        for (const T alpha : {T(0.3), T(1e-5), T(1)})
            for (const std::size_t least : {0, 1, 2, 1500, 30000})
                compare_ewm<T>(alpha, least, some_numbers<T>(size, false));
    }
}

TEMPLATE_TEST_CASE("cuda kernels: weighted means with missing rows", "", float, double) {
    using T = TestType;
    const T nan = std::numeric_limits<T>::quiet_NaN();
    std::size_t turn = 0;
    for (const std::size_t size : {1, 20, 4097, 21000})
        for (const T alpha : {T(1e-3), T(1)})
            for (const std::size_t least : {0, 5000}) {
                const order_of_blocks order(turn++);
                auto x = some_numbers<T>(size, true);
                compare_ewm<T>(alpha, least, x);
                // the first rows, whole groups, parts of tiles and whole tiles
                for (std::size_t i = 0; i < size / 7; ++i) x[i] = nan;
                for (std::size_t i = size / 3; i < size / 3 + size / 50; ++i) x[i] = nan;
                compare_ewm<T>(alpha, least, x);
                x = some_numbers<T>(size, false);
                for (std::size_t i = 3000; i < std::min<std::size_t>(size, 13000); ++i) x[i] = nan;
                for (std::size_t i = 16384; i < std::min<std::size_t>(size, 16385); ++i) x[i] = nan;
                compare_ewm<T>(alpha, least, x);
                for (std::size_t i = 0; i < size; ++i) x[i] = i % 4096 == 4095 || i == 0 ? T(1) / T(i + 1) : nan;
                compare_ewm<T>(alpha, least, x);
                for (std::size_t i = 0; i < size; ++i) x[i] = nan;
                compare_ewm<T>(alpha, least, x);
                if (size > 9000) x[9000] = 5;
                compare_ewm<T>(alpha, least, x);
            }
}

TEMPLATE_TEST_CASE("cuda kernels: weighted means with gaps of more tiles than a warp looks at", "", float, double) {
    using T = TestType;
    const std::size_t size = 80 * lanes::tile_size + 100;
    for (std::size_t turn = 0; turn < 3; ++turn) {
        const order_of_blocks order(turn);
        auto x = some_numbers<T>(size, false);
        for (std::size_t i = 10; i < 70 * lanes::tile_size + 17; ++i)
            if (i != 36 * lanes::tile_size + 5) x[i] = std::numeric_limits<T>::quiet_NaN();
        compare_ewm<T>(T(1e-4), turn == 1 ? 12 : 0, x);
    }
}

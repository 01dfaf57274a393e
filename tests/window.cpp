// tests/window.cpp: the bits of the moving sums: golden, and against a second statement of the order of operations.
// SPDX-License-Identifier: MIT
#include "backend.hpp"
#include "data.hpp"

#include <lanes/verify/window.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <memory>
#include <utility>

using lanes::golden::bits;
using lanes::golden::data;
using lanes::golden::hash;

namespace {

/// Order v1 written down again as expressions: one output at a time, from the recursions of the order and no buffer.
template <class T>
class reference {
public:
    explicit reference(std::vector<T> x) : x_(std::move(x)) {
        if (x_.size() <= 64) return;
        std::vector<T> totals;
        for (std::size_t c = 0; c < (x_.size() + 63) / 64; ++c) totals.push_back(pairs(64 * c, 64));
        totals_ = std::make_unique<reference>(totals);
    }

    /// S_i for a window of w.
    T sum(std::ptrdiff_t i, std::size_t w) const {
        if (w == 0) return T(-0.0);
        if (w <= 64) {
            T sum = T(-0.0);
            std::ptrdiff_t offset = 0;
            for (std::ptrdiff_t piece = 1; piece <= 64; piece *= 2)
                if (w & static_cast<std::size_t>(piece)) {
                    sum = doubled(i - offset, piece) + sum;
                    offset += piece;
                }
            return sum;
        }
        const std::ptrdiff_t a = i - static_cast<std::ptrdiff_t>(w) + 1;
        const std::ptrdiff_t last = floor(i, 64), first = floor(a, 64);
        const T between = totals_ ? totals_->sum(last - 1, static_cast<std::size_t>(last - first - 1)) : T(-0.0);
        return (suffix(a) + between) + prefix(i);
    }

private:
    static std::ptrdiff_t floor(std::ptrdiff_t i, std::ptrdiff_t n) { return i >= 0 ? i / n : -((n - 1 - i) / n); }
    T at(std::ptrdiff_t i) const { return i < 0 || i >= std::ssize(x_) ? T(-0.0) : x_[static_cast<std::size_t>(i)]; }
    T doubled(std::ptrdiff_t i, std::ptrdiff_t piece) const {
        return piece == 1 ? at(i) : doubled(i - piece / 2, piece / 2) + doubled(i, piece / 2);
    }
    T pairs(std::size_t first, std::size_t count) const {
        return count == 1 ? at(static_cast<std::ptrdiff_t>(first))
                          : pairs(first, count / 2) + pairs(first + count / 2, count / 2);
    }
    /// A scan of eight values after the steps up to `step`, upwards at position j.
    template <class Value>
    static T scanned(const Value& value, std::ptrdiff_t j, int step) {
        if (step == 0) return value(j);
        const T here = scanned(value, j, step / 2);
        return j >= step ? scanned(value, j - step, step / 2) + here : here;
    }
    T prefix(std::ptrdiff_t i) const {
        const std::ptrdiff_t group = floor(i, 8), first_group = floor(i, 64) * 8;
        const T inside = scanned([&](std::ptrdiff_t j) { return at(group * 8 + j); }, i - group * 8, 4);
        if (group == first_group) return inside;
        const auto total = [&](std::ptrdiff_t g) {
            return scanned([&](std::ptrdiff_t j) { return at((first_group + g) * 8 + j); }, 7, 4);
        };
        return scanned(total, group - first_group - 1, 4) + inside;
    }
    T suffix(std::ptrdiff_t i) const { // the mirror image
        const std::ptrdiff_t group = floor(i, 8), last_group = floor(i, 64) * 8 + 7;
        const T inside = scanned([&](std::ptrdiff_t j) { return at(group * 8 + 7 - j); }, group * 8 + 7 - i, 4);
        if (group == last_group) return inside;
        const auto total = [&](std::ptrdiff_t g) {
            return scanned([&](std::ptrdiff_t j) { return at((last_group - g) * 8 + 7 - j); }, 7, 4);
        };
        return inside + scanned(total, last_group - group - 1, 4);
    }

    std::vector<T> x_;
    std::unique_ptr<reference> totals_;
};

/// All n sums, partial windows at the start included.
template <class T>
lanes::array<T> sums(const auto& where, std::span<const T> x, std::size_t width) {
    lanes::array<T> out(x.size());
    where.window(lanes::window_sum{}, width, x, std::span<T>(out.data(), out.size()));
    return out;
}

std::vector<std::size_t> widths(std::size_t n) {
    std::vector<std::size_t> all{1,   2,   3,   5,    31,   63,   64,   65,   127,  128,   129, 130,
                                 192, 193, 500, 4095, 4096, 4097, 4160, 4161, 4225, n - 1, n,   n + 1};
    std::erase(all, 0u);
    return all;
}

} // namespace

TEST_CASE("golden bits of the moving sums") {
    for (const auto& variant : variants())
        lanes::golden::window(variant, [](const std::string& name, std::uint64_t expected, std::uint64_t actual) {
            INFO(name);
            CHECK(actual == expected);
        });
}

TEMPLATE_TEST_CASE("moving sums have the bits of the order", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {1, 2, 63, 64, 65, 130, 700, 5000, 13001}) {
        const auto x = numbers<T>(data::wide, 31, n);
        const reference<T> order(x);
        for (const std::size_t w : widths(n))
            for (const auto& variant : variants()) {
                const auto out = sums<T>(variant, x, w);
                for (std::size_t i = 0; i < n; i += 1 + (n > 1000) * 36) {
                    CAPTURE(n, w, i);
                    REQUIRE(bits(out[i]) == bits(order.sum(static_cast<std::ptrdiff_t>(i), w)));
                }
            }
    }
}

TEMPLATE_TEST_CASE("every width to 200 has the bits of the order", "", float, double) {
    using T = TestType;
    const std::size_t n = 1300;
    const auto x = numbers<T>(data::uniform, 32, n);
    const reference<T> order(x);
    for (std::size_t w = 1; w <= 200; ++w) {
        const auto out = sums<T>(where, x, w);
        for (std::size_t i = w % 7; i < n; i += 7) {
            CAPTURE(w, i);
            REQUIRE(bits(out[i]) == bits(order.sum(static_cast<std::ptrdiff_t>(i), w)));
        }
    }
}

TEMPLATE_TEST_CASE("chunks of chunks of chunks", "", float, double) {
    using T = TestType;
    const std::size_t n = 600'000;
    const auto x = numbers<T>(data::uniform, 33, n);
    const reference<T> order(x);
    for (const std::size_t w : {262'145, 270'000, 599'999})
        for (const auto& variant : {variants().front(), variants().back()}) {
            const auto out = sums<T>(variant, x, w);
            for (std::size_t i = 0; i < n; i += 1009) {
                CAPTURE(w, i);
                REQUIRE(bits(out[i]) == bits(order.sum(static_cast<std::ptrdiff_t>(i), w)));
            }
        }
}

TEMPLATE_TEST_CASE("full windows are cut from the sums of all windows", "", float, double) {
    using T = TestType;
    for (const std::size_t n : {1, 5, 64, 200, 1111, 2500, 9000}) {
        const auto x = numbers<T>(data::offset, 34, n);
        for (const std::size_t w : widths(n)) {
            if (w > n) continue;
            const auto all = sums<T>(lanes::serial, x, w);
            const std::span<const T> full(all.data() + w - 1, n - w + 1);
            for (const auto& variant : variants()) {
                CAPTURE(n, w);
                REQUIRE(hash(lanes::moving_sum(variant, x, w)) == hash(full));
                const auto means = lanes::moving_average(variant, x, w);
                for (std::size_t i = 0; i < means.size(); i += 1 + i / 50)
                    REQUIRE(bits(means[i]) == bits(full[i] / T(w)));
            }
        }
    }
}

TEMPLATE_TEST_CASE("rolling_mean equals serial", "", float, double) {
    using T = TestType;
    for (std::uint64_t round = 0; round < 240; ++round) {
        auto random = [round, i = std::uint64_t{0}](std::uint64_t below) mutable {
            return static_cast<std::size_t>(lanes::golden::mixed(1000 * round + i++) % below);
        };
        const std::size_t n = 1 + random(round % 8 == 0 ? 20'000 : 2'000);
        auto x = numbers<T>(round % 3 == 0 ? data::wide : data::uniform, 35, n);
        if (round % 5 == 1)
            for (T& element : x) element = random(10) == 0 ? element : T(0);
        for (std::size_t k = random(round % 2 == 0 ? 3 : n); k > 0; --k)
            x[random(n)] = k % 3 == 0 ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::quiet_NaN();
        lanes::rolling windows;
        windows.width = 1 + random(round % 5 < 3 ? 70 : round % 5 == 3 ? 700 : 2 * n);
        if (round % 3 != 0) windows.min_periods = random(windows.width + 1);
        windows.center = random(2) == 1;
        windows.nan = random(2) == 1 ? lanes::nan_policy::skip : lanes::nan_policy::propagate;
        const std::uint64_t expected = hash(lanes::rolling_mean(lanes::serial, x, windows));
        for (const auto& variant : variants()) {
            CAPTURE(n, windows.width, windows.min_periods.value_or(windows.width), windows.center, windows.nan, round);
            REQUIRE(hash(lanes::rolling_mean(variant, x, windows)) == expected);
        }
    }
}

TEMPLATE_TEST_CASE("one missing element, wherever it is", "", float, double) {
    using T = TestType;
    const std::size_t n = 2200; // some tiles, each of which asks whether its windows are full
    auto x = numbers<T>(data::uniform, 37, n);
    for (std::size_t missing = 0; missing < n; ++missing) {
        const T element = std::exchange(x[missing], std::numeric_limits<T>::quiet_NaN());
        for (const std::size_t w : {3, 64, 70}) {
            CAPTURE(missing, w);
            const lanes::rolling windows{.width = w, .min_periods = 1, .nan = lanes::nan_policy::skip};
            REQUIRE(hash(lanes::rolling_mean(where, x, windows)) ==
                    hash(lanes::rolling_mean(lanes::serial, x, windows)));
        }
        x[missing] = element;
    }
}

TEMPLATE_TEST_CASE("moving sums do not depend on the addresses and touch nothing beyond", "", float, double) {
    using T = TestType;
    const std::size_t n = 2500;
    const auto x = numbers<T>(data::wide, 36, n);
    for (const std::size_t w : {1, 7, 64, 100, 777}) {
        const std::uint64_t expected = hash(lanes::moving_average(lanes::serial, x, w));
        lanes::array<T> room(n + 64), results(n + 64);
        for (std::size_t offset = 0; offset < 64 / sizeof(T); ++offset) {
            std::copy(x.begin(), x.end(), room.begin() + offset);
            const std::span<T> out(results.data() + (3 * offset + 1) % (64 / sizeof(T)), n - w + 1);
            lanes::moving_average(where, std::span<const T>(room.data() + offset, n), out, w);
            CAPTURE(w, offset);
            REQUIRE(hash(std::span<const T>(out)) == expected);
        }
    }
    for (const bool at_end : {false, true})
        for (const std::size_t size : {1, 2, 17, 64, 65, 130, 511, 1000, 2500})
            for (const std::size_t w : {1, 2, 33, 64, 65, 130, 500}) {
                guarded<T> in(std::span<const T>(x).first(size), at_end), out(size, at_end);
                for (const auto& variant : variants()) {
                    CAPTURE(size, w, at_end);
                    for (const bool center : {false, true}) {
                        lanes::rolling_mean(variant, in.span(), out.span(),
                                            {.width = w, .min_periods = 1, .center = center});
                        REQUIRE(hash(std::span<const T>(out.span())) ==
                                hash(lanes::rolling_mean(lanes::serial, in.span(), {w, 1, center})));
                    }
                    if (w > size) continue;
                    guarded<T> full(size - w + 1, at_end);
                    lanes::moving_sum(variant, in.span(), full.span(), w);
                    REQUIRE(hash(std::span<const T>(full.span())) ==
                            hash(lanes::moving_sum(lanes::serial, in.span(), w)));
                }
            }
}

TEMPLATE_TEST_CASE("nothing beyond elements is read to see which are missing", "", float, double) {
    using T = TestType;
    auto x = numbers<T>(data::uniform, 38, 330);
    for (std::size_t i = 0; i < x.size(); ++i)
        if (lanes::golden::mixed(i) % 20 == 0) x[i] = std::numeric_limits<T>::quiet_NaN();
    for (std::size_t size = 1; size <= x.size(); ++size)
        for (const bool at_end : {false, true}) {
            guarded<T> in(std::span<const T>(x).first(size), at_end), out(size, at_end);
            for (const std::size_t w : {1, 20, 64, 70})
                for (const bool center : {false, true}) {
                    CAPTURE(size, w, center, at_end);
                    const lanes::rolling windows{w, 1, center, lanes::nan_policy::skip};
                    const std::uint64_t expected = hash(lanes::rolling_mean(lanes::serial, in.span(), windows));
                    for (const auto& variant : {variants().front(), variants().back()}) {
                        lanes::rolling_mean(variant, in.span(), out.span(), windows);
                        REQUIRE(hash(std::span<const T>(out.span())) == expected);
                    }
                }
        }
}

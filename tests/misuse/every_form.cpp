// tests/misuse/every_form.cpp: calls that come near to those that are refused; temporary views are outputs.
// SPDX-License-Identifier: MIT
// expect: nothing
#include <lanes/lanes.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

/// A view that the standard library does not know for one.
struct own_view {
    double* first;
    std::size_t count;
    double* data() const { return first; }
    std::size_t size() const { return count; }
    double* begin() const { return first; }
    double* end() const { return first + count; }
};

template <class... Where>
void call_all(const Where&... where) {
    std::vector<double> x(9, 1.0), out(9), fewer(8);
    double plain[9] = {};
    std::array<double, 9> fixed{};
    const int width = 2;
    const long one = 1;
    static_assert(std::is_same_v<decltype(lanes::sum(where..., plain)), double>);
    static_assert(std::is_same_v<decltype(lanes::variance(where..., x, 0)), double>);
    static_assert(std::is_same_v<decltype(lanes::moving_sum(where..., x, width)), lanes::array<double>>);
    static_assert(std::is_same_v<decltype(lanes::ema(where..., fixed, one)), lanes::array<double>>);
    lanes::moving_sum(where..., x, fewer, width);
    lanes::moving_average(where..., x, std::span(out).first(8), width);
    lanes::ema(where..., plain, plain, one);
    lanes::ema(where..., x, own_view{plain, 9}, 0.5f);
    lanes::rolling_mean(where..., x, fixed, {20});
    lanes::rolling_mean(where..., x, {});
    lanes::ewm_mean(where..., x, {lanes::decay::com(3)});
    lanes::matrix<double> a(3, 3), c(3, 3);
    lanes::matmul(where..., a, a, c, {2});
    lanes::matmul(where..., a, a, transposed(c), {});
    lanes::matmul(where..., a, a, lanes::matrix_view(plain, 3, 3));
    lanes::matmul(where..., a, a, {.alpha = 2});
    lanes::monte_carlo(where..., lanes::models::pi{}, {1000});
    lanes::monte_carlo(where..., lanes::models::pi{}, {});
}

int main() {
    call_all();
    call_all(lanes::threads.limit(2));
    lanes::device_array<double> x(0), out(0);
    lanes::ema(x, out.view(), 0.5);
    lanes::device_matrix<double> a(0, 0), c(0, 0);
    lanes::matmul(lanes::cuda, a, a, c.view());
}

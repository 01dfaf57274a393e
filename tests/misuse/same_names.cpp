// tests/misuse/same_names.cpp: containers, matrices and models in a namespace that has functions with the names of lanes.
// SPDX-License-Identifier: MIT
// expect: nothing
#include <lanes/lanes.hpp>

#include <cstddef>

namespace user {

template <class... Arguments>
void sum(Arguments&&...) = delete;
template <class... Arguments>
void sum_of_squares(Arguments&&...) = delete;
template <class... Arguments>
void dot(Arguments&&...) = delete;
template <class... Arguments>
void mean(Arguments&&...) = delete;
template <class... Arguments>
void variance(Arguments&&...) = delete;
template <class... Arguments>
void standard_deviation(Arguments&&...) = delete;
template <class... Arguments>
void minimum(Arguments&&...) = delete;
template <class... Arguments>
void maximum(Arguments&&...) = delete;
template <class... Arguments>
void moving_sum(Arguments&&...) = delete;
template <class... Arguments>
void moving_average(Arguments&&...) = delete;
template <class... Arguments>
void rolling_mean(Arguments&&...) = delete;
template <class... Arguments>
void ema(Arguments&&...) = delete;
template <class... Arguments>
void ewm_mean(Arguments&&...) = delete;
template <class... Arguments>
void matmul(Arguments&&...) = delete;
template <class... Arguments>
void monte_carlo(Arguments&&...) = delete;
template <class... Arguments>
void input(Arguments&&...) = delete;
template <class... Arguments>
void output(Arguments&&...) = delete;
template <class... Arguments>
void first_of(Arguments&&...) = delete;
template <class... Arguments>
void count_of(Arguments&&...) = delete;
template <class... Arguments>
void check_vector(Arguments&&...) = delete;
template <class... Arguments>
void view_of(Arguments&&...) = delete;
template <class... Arguments>
void prepared(Arguments&&...) = delete;
template <class... Arguments>
void reduce(Arguments&&...) = delete;

struct series {
    double values[4] = {1, 2, 3, 4};
    const double* data() const { return values; }
    double* data() { return values; }
    std::size_t size() const { return 4; }
};

struct table {
    double values[4] = {1, 2, 3, 4};
    lanes::matrix_view<const double> view() const { return {values, 2, 2}; }
    lanes::matrix_view<double> view() { return {values, 2, 2}; }
};

struct model {
    double scale = 1;
    double operator()(auto& draws) const { return scale * draws.uniform(); }
    void check(const char*) const {}
    model prepared() const { return *this; }
};

} // namespace user

template <class... Where>
void call_all(const Where&... where) {
    const user::series x;
    user::series out;
    lanes::sum(where..., x);
    lanes::sum_of_squares(where..., x);
    lanes::dot(where..., x, x);
    lanes::mean(where..., x);
    lanes::variance(where..., x);
    lanes::standard_deviation(where..., x);
    lanes::minimum(where..., x);
    lanes::maximum(where..., x);
    lanes::moving_sum(where..., x, out, 1);
    lanes::moving_sum(where..., x, 1);
    lanes::moving_average(where..., x, out, 1);
    lanes::moving_average(where..., x, 1);
    lanes::rolling_mean(where..., x, out, {.width = 1});
    lanes::rolling_mean(where..., x, {.width = 1});
    lanes::ema(where..., x, out, 0.5);
    lanes::ema(where..., x, 0.5);
    lanes::ewm_mean(where..., x, out, {.decay = lanes::decay::alpha(0.5)});
    lanes::ewm_mean(where..., x, {.decay = lanes::decay::alpha(0.5)});
    const user::table a;
    user::table c;
    lanes::matmul(where..., a, a, c);
    lanes::matmul(where..., a, a, c, {.alpha = 2});
    lanes::matmul(where..., a, a);
    lanes::monte_carlo(where..., user::model{});
}

int main() {
    call_all();
    call_all(lanes::simd);
}

// tests/misuse/using_namespaces.cpp: programs that take all names of lanes and of the standard library.
// SPDX-License-Identifier: MIT
// expect: nothing
#include <lanes/lanes.hpp>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

namespace lanes_alone {

using namespace lanes;

static_assert(std::is_same_v<decltype(sqrt(2)), double> && std::is_same_v<decltype(exp(1)), double> &&
              std::is_same_v<decltype(log(2)), double> && std::is_same_v<decltype(fma(1, 2, 3)), double>);
double call(const std::vector<double>& x) {
    return sum(x) + mean(x) + sqrt(2) + exp(1) + log(2) + fma(1, 2, 3);
}

} // namespace lanes_alone

namespace both {

using namespace std;
using namespace lanes;

static_assert(is_same_v<decltype(max(1, 2)), const int&> && is_same_v<decltype(min(1, 2)), const int&>);
double call(const vector<double>& x) {
    return sum(x) + sqrt(2) + exp(1) + log(2) + max(1, 2) + min(1, 2) + max(1.0, 2.0) + min(1.0f, 2.0f);
}

} // namespace both

// A scalar beside a number that may stand for many paths.
const auto payoff = [](auto& draws) {
    const auto z = draws.normal();
    return lanes::max(lanes::fma(z, 2.0, 0.5), 0.0) + lanes::min(z, 1) + lanes::select(z > 0.0, z, 0.0);
};

int main() {
    const std::vector<double> x{1, 2, 3};
    return lanes_alone::call(x) + both::call(x) + lanes::monte_carlo(payoff).mean +
               lanes::monte_carlo(lanes::serial, lanes::wide(payoff)).mean +
               lanes::monte_carlo(lanes::wide(payoff)).mean >
           0;
}

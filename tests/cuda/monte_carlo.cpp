// tests/cuda/monte_carlo.cpp: paths as warps draw them, several at a time, on the emulated device.
// SPDX-License-Identifier: MIT
#include "../data.hpp"
#include "../estimates.hpp"

#include <cuda/monte_carlo.cuh>

#include <lanes/backends/serial.hpp>
#include <lanes/verify/monte_carlo.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

using namespace lanes;
using golden::bits;

namespace {

bool is_same(double a, double b) {
    return a != a ? b != b : bits(a) == bits(b);
}

/// Draws of both kinds, an odd number of them, and every function.
struct many_draws {
    constexpr auto operator()(auto& draws) const {
        auto sum = draws.normal();
        for (int i = 0; i < 4; ++i) sum = lanes::fma(sum, draws.uniform(), lanes::exp(draws.normal()));
        return lanes::select(sum > 1.0, lanes::log(sum), lanes::max(sum, 0.25)) + draws.uniform();
    }
};
const auto with_branches = [](auto& draws) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) sum += draws.normal() > 0.5 ? draws.uniform() : 1.0;
    return sum;
};

/// Calls check with models that are wide and that are not.
template <class Check>
void for_models(const Check& check) {
    check("pi", models::pi{});
    check("call", call.prepared());
    // Results that overflow or vanish, and draws in the tails that matter.
    check("put", models::european_option{.spot = 80,
                                         .strike = 100,
                                         .rate = -0.01,
                                         .volatility = 90,
                                         .maturity = 2.5,
                                         .kind = option::put,
                                         .dividend_yield = 0.03}
                     .prepared());
    check("huge growth", models::european_option_paths{100, -105, 400, 3, 1});
    check("every function", models::every_function{});
    check("many draws, wide", wide(many_draws{}));
    check("many draws", many_draws{});
    check("branches", with_branches);
    check("an integer", [](auto& draws) { return draws.uniform() < 0.25 ? 1 : 0; });
}

/// The root over blocks `first` ... `last` - 1 by one launch, in which warps take `each` blocks.
template <class Model>
moment_node<double> of_device(const path_source<Model>& source, std::uint64_t first, std::uint64_t last,
                              unsigned each) {
    using namespace device;
    using Node = device_node<moments, double>;
    const std::uint64_t blocks = last - first, groups = (blocks + drawing_warps * each - 1) / (drawing_warps * each);
    std::vector<Node> nodes(groups);
    const paths_of_round<Model> paths{source.model, source.keys, source.stream, first, source.count};
    launch({groups, drawing_warps * warp_size, sizeof(drawing_memory<Node>)}, nullptr, reduce_paths<moments, Model>,
           paths, blocks, each, nodes.data());
    pairwise<moments, Node> tree;
    for (const Node& node : nodes) tree.push(node);
    const Node root = tree.root();
    return {root.count, root.sum.value, root.mean.value, root.deviations.value};
}

template <class Model>
moment_node<double> of_host(const path_source<Model>& source, std::uint64_t first, std::uint64_t last) {
    pairwise<moments, moment_node<double>> tree;
    std::array<double, block_size<double>> room;
    for (std::uint64_t k = first; k < last; ++k) {
        source.template block<double>(k, room.data());
        tree.push(moments::block<double>(serial_block<double, 1>({room.data()}, elements_in_block(source, k))));
    }
    return tree.root();
}

void check_same(const moment_node<double>& a, const moment_node<double>& b) {
    CHECK(a.count == b.count);
    CHECK(is_same(a.sum, b.sum));
    CHECK(is_same(a.mean, b.mean));
    CHECK(is_same(a.deviations, b.deviations));
}

} // namespace

TEST_CASE("paths of whole blocks and of parts of blocks are those of the host, whatever the model") {
    for_models([](const char* name, const auto& model) {
        for (const std::size_t samples :
             {1, 2, 31, 33, 1000, 1023, 1024, 1025, 1055, 2048, 4095, 4097, 9 * 1024 + 517}) {
            const path_source<std::remove_cvref_t<decltype(model)>> source{model, philox_keys(7 * samples), 3, samples};
            CAPTURE(name, samples);
            check_same(cuda.reduce(moments{}, source), of_host(source, 0, block_count<double>(samples)));
        }
    });
}

TEST_CASE("later rounds, blocks that a warp takes one after the other, and paths beyond 2^32") {
    for_models([](const char* name, const auto& model) {
        using Model = std::remove_cvref_t<decltype(model)>;
        for (const std::uint64_t first :
             {std::uint64_t{0}, std::uint64_t{(3 << 20) + 1}, std::uint64_t{(1 << 22) - 4}, std::uint64_t{5} << 40})
            for (const unsigned blocks : {1, 2, 3, 4, 5, 6, 9, 16, 17})
                for (const unsigned left_out : {0, 1, 700, 1023}) { // of the last block
                    if (first != 0 && blocks < 5) continue;
                    const path_source<Model> source{model, philox_keys(11), 9, (first + blocks) * 1024 - left_out};
                    CAPTURE(name, first, blocks, left_out);
                    const auto expected = of_host(source, first, first + blocks);
                    check_same(of_device(source, first, first + blocks, 4), expected);
                    if (left_out == 700) check_same(of_device(source, first, first + blocks, 1), expected);
                }
    });
}

TEST_CASE("parameters that are not finite give what they give on the host") {
    for (const double strange :
         {nan_of<double>, -nan_of<double>, infinity_of<double>, -infinity_of<double>, 1e308, -1e308, 5e-324, -0.0})
        for (int at = 0; at < 5; ++at) {
            std::array<double, 5> of{100, -105, 0.2, 0.03, 0.95};
            of[static_cast<std::size_t>(at)] = strange;
            const models::european_option_paths model{of[0], of[1], of[2], of[3], of[4]};
            const estimate a = monte_carlo(cuda, model, {.samples = 3000}),
                           b = monte_carlo(serial, model, {.samples = 3000});
            CAPTURE(strange, at);
            CHECK(is_same(a.mean, b.mean));
            CHECK(is_same(a.standard_error, b.standard_error));
        }
}

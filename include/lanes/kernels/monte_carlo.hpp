// lanes/kernels/monte_carlo.hpp: the mean of a model's value over random paths, with its standard error.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/arguments.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/draws.hpp>
#include <lanes/core/environment.hpp>
#include <lanes/core/models.hpp>
#include <lanes/core/operations.hpp>
#include <lanes/core/order.hpp>
#include <lanes/core/pack.hpp>
#include <lanes/core/random.hpp>
#include <lanes/core/source.hpp>
#include <lanes/core/target.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace lanes {

/// mean: the average of the samples.   standard_error: the standard deviation of the samples / sqrt(samples), so that
/// the expectation lies within mean +- 1.96 standard_error for 95 of 100 seeds.
struct estimate {
    double mean, standard_error;
    std::size_t samples;
};

/// Sample i depends on (seed, stream, i) only. Different seeds or streams are independent; stream is below 2^32.
struct sampling {
    std::size_t samples = 1'000'000;
    std::uint64_t seed = 42;
    std::uint64_t stream = 0;
};

/// (1/n) sum_i model(draws of path i), i = 0 ... n - 1.
/// model: models::pi{}, models::european_option{...}, or your own object with `auto operator()(auto& draws) const`,
/// such as a generic lambda, that returns the value of one path from draws.uniform() and draws.normal(), each asked for
/// as often as the path needs. It is called by several threads at once. draws yield double; in lanes::wide(model) they
/// yield numbers that stand for many paths, which runs in SIMD and asks for `lanes::select` in place of `if`.
/// throws std::invalid_argument if samples < 2, stream >= 2^32, or the model's parameters make no sense
/// error of the mean: 1 standard error in 68 of 100 seeds; rounding as in `mean`, test "prices of Black and Scholes lie within
/// 4.5 standard errors"
/// cost of a sample on one core at 3.5 GHz with AVX-512 (AVX2): pi 1.2 ns (2.4), European option 3.2 ns (5.4)
template <backend Where, class Model>
estimate monte_carlo(const Where& where, const Model& model, sampling options = {});

/// The same without a backend: `automatic` chooses.
template <class Model, class Where = typename default_backend<Model>::type>
    requires(!backend<Model>)
estimate monte_carlo(const Model& model, sampling options = {}) {
    return lanes::monte_carlo(backend_by_default<Where>, model, options);
}

/// Called otherwise.
template <class Never = void>
auto monte_carlo(argument::any, argument::any = {}, argument::any = {}, argument::any = {}, argument::any = {}) {
    static_assert(sizeof(Never*) == 0, "lanes: monte_carlo is called as monte_carlo(model, {.samples = 1'000'000}) or "
                                       "monte_carlo(model), with a backend before model if one is named");
}

/// The values of a model, one a path, as the elements of a reduction.
template <class Model>
struct path_source {
    using element = double;
    using model_type = Model;
    static constexpr std::size_t inputs = 1;
    static constexpr bool generated = true;
    static constexpr bool in_cuda_library = requires { requires Model::in_cuda_library; };
    static constexpr std::size_t weight = model_weight<Model>;

    const Model& model;
    philox_keys keys;
    std::uint32_t stream;
    std::size_t count;

    std::size_t size() const { return count; }

    template <class Value>
    std::array<const double*, 1> block(std::size_t k, double* room) const {
        const std::size_t first = k * block_size<double>, paths = std::min(block_size<double>, count - first);
        if constexpr (std::same_as<Value, double>) fill<double>(first, paths, room);
        else if constexpr (is_wide<Model>) fill<pack<Value, items_together>>(first, paths, room);
        else fill_one_by_one<pack<Value, paths_together / number<Value>::width>>(first, paths, room);
        return {room};
    }

private:
    /// Two chains of fma with a latency of four cycles keep a core busy if there are 8 of each. European call, 10^7
    /// paths: 40 ms with 4 and 32 ms with 8 items (AVX-512), 106, 72 and 55 ms with 2, 4 and 8 (AVX2), one core at 3.5
    /// GHz.
    static constexpr std::size_t items_together = 8;
    /// Few enough for their draws to stay in cache, and for little to be lost where only one of them needs a draw.
    static constexpr std::size_t paths_together = 32;

    template <class Value, class = target>
    LANES_INLINES_CALLS void fill(std::size_t first, std::size_t paths, double* room) const {
        using N = number<Value>;
        using word = typename N::word;
        // A block begins at a multiple of 1024, so its paths agree in the upper half of their numbers.
        // No store can change a copy, so what paths share is computed before the loop.
        const philox_keys own_keys = keys;
        const std::uint64_t path_high = static_cast<std::uint64_t>(first) >> 32;
        word path_low = word(static_cast<std::uint64_t>(first)) + N::lane_numbers();
        for (std::size_t i = 0; i < paths; i += N::width) {
            draws<Value> of_path(own_keys, stream, path_low, path_high);
            N::store(room + i, Value(model(of_path)));
            path_low = path_low + word(std::uint64_t{N::width});
        }
    }

    template <class Value>
    void fill_one_by_one(std::size_t first, std::size_t paths, double* room) const {
        for (std::size_t i = 0; i < paths; i += number<Value>::width) {
            draws_ahead<Value> ahead(keys, stream, first + i);
            for (std::size_t l = 0; l < std::min(paths - i, number<Value>::width); ++l) {
                draws_of_one<Value> of_path(ahead, l);
                room[i + l] = static_cast<double>(model(of_path));
            }
        }
    }
};

/// What is called for each path of `model`: itself, or what it prepares for all of them.
template <class Model, class = target>
decltype(auto) prepared(const Model& model) {
    if constexpr (requires { model.prepared(); }) return default_environment::here(model).prepared();
    else return (model);
}

/// The paths of a model before anything is computed for them. It is handed to lanes::dispatch as it is, since exp, say, is
/// faster with the instructions of that side.
template <class Model>
struct unprepared_paths {
    using element = double;

    const Model& model;
    std::uint64_t seed;
    std::uint32_t stream;
    std::size_t count;

    std::size_t size() const { return count; }

    using paths = path_source<std::remove_cvref_t<decltype(lanes::prepared(std::declval<const Model&>()))>>;
    static constexpr std::size_t weight = paths::weight;
    static constexpr bool in_cuda_library = paths::in_cuda_library;

    /// where.reduce(operation, the paths)
    auto reduced(const auto& where, const auto& operation) const {
        const auto& shared = lanes::prepared(model); // a reference, or a copy that lives as long
        return where.reduce(operation, paths{shared, philox_keys(seed), stream, count});
    }
};

template <backend Where, class Model>
estimate monte_carlo(const Where& where, const Model& model, sampling options) {
    // Other than a wide one, it is called with more than one type of draws.
    using some_draws = std::conditional_t<is_wide<Model>, draws<double>, draws_of_one<double>>;
    static_assert(std::is_invocable_v<const Model&, some_draws&>,
                  "lanes: a model is called as model(draws) on a const object, with draws taken by reference; write "
                  "[](auto& draws) { return ...; } or auto operator()(auto& draws) const");
    static_assert(std::is_convertible_v<std::invoke_result_t<const Model&, some_draws&>, double>,
                  "lanes: a model must return the value of the path, a number");
    constexpr const char* function = "monte_carlo";
    argument::require(options.samples >= 2, function, "samples", options.samples,
                      "must be at least 2, since one sample has no standard error");
    argument::require(options.stream < std::uint64_t{1} << 32, function, "stream", options.stream,
                      "must be below 4294967296");
    if constexpr (requires { model.check(function); }) model.check(function);
    const default_environment environment;
    using unprepared = unprepared_paths<Model>;
    Where::template check_model<typename unprepared::paths::model_type>();
    const unprepared paths{model, options.seed, static_cast<std::uint32_t>(options.stream), options.samples};
    const auto node = [&] {
        if constexpr (Where::takes_unprepared) return where.reduce(moments{}, paths);
        else return paths.reduced(where, moments{});
    }();
    const double n = static_cast<double>(options.samples);
    const double error = canonical_nan(std::sqrt(node.deviations / (n - 1)) / std::sqrt(n));
    return {environment.here(canonical_nan(node.mean)), environment.here(error), options.samples};
}

} // namespace lanes

// bench/cuda/times.cu: the table of ./dev gpu: kernels on resident data, beside CUB, cuRAND, cuBLAS, copies and the CPU.
// SPDX-License-Identifier: MIT
#include "curand.hpp"
#include "gpu.hpp"
#include "peers.cuh"
#include "report.hpp"

#include <cuda/reduce.cuh>
#include <lanes/backends/serial.hpp>
#include <lanes/kernels/matmul.hpp>
#include <lanes/kernels/monte_carlo.hpp>
#include <lanes/kernels/recurrence.hpp>
#include <lanes/kernels/reduce.hpp>
#include <lanes/kernels/window.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

using namespace lanes;

// These are in the library.
extern template moments::node<double> lanes::cuda_backend::reduce(const moments&, const path_source<models::pi>&) const;
extern template moments::node<double>
lanes::cuda_backend::reduce(const moments&, const path_source<models::european_option_paths>&) const;

namespace {

constexpr auto gpu = lanes::cuda; // CUDA's own library has a namespace ::cuda

/// Median milliseconds of a call on the default stream, by events around as many calls as take half a millisecond.
template <class Call>
double milliseconds(Call&& call) {
    static cudaEvent_t begin = nullptr, end = nullptr;
    if (begin == nullptr) {
        device::check(cudaEventCreate(&begin), "making an event");
        device::check(cudaEventCreate(&end), "making an event");
    }
    const auto time_of = [&](int calls) {
        device::check(cudaEventRecord(begin, nullptr), "recording an event");
        for (int k = 0; k < calls; ++k) call();
        device::check(cudaEventRecord(end, nullptr), "recording an event");
        device::check(cudaEventSynchronize(end), "waiting for an event");
        float time = 0;
        device::check(cudaEventElapsedTime(&time, begin, end), "reading an event");
        return static_cast<double>(time) / calls;
    };
    call(); // not counted: loads kernels and fills the pool
    const double once = time_of(1);
    const int calls = once > 0.5 ? 1 : std::min(100, 1 + static_cast<int>(0.5 / std::max(once, 1e-3)));
    std::vector<double> times(once > 50 ? 3 : 15);
    for (double& time : times) time = time_of(calls);
    std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
    return times[times.size() / 2];
}

/// The bits of the large results, by lanes::threads of the CPU, and its time.
void beside_cpu(report& to, const cpu_results& cpu, const std::string& kernel, const char* type, std::size_t size,
                std::uint64_t bits) {
    if (const auto* there = cpu.find(kernel, type, size)) {
        compare(kernel + " " + type + " " + std::to_string(size) + " beside the CPU's", there->bits, bits);
        to.other(cpu.cores(), there->milliseconds);
    } else if (kernel == "matmul" ? size == compared_edge : size == large_size || size == compared_paths) {
        to.absent("threads", cpu.why_absent());
    }
}

/// Arrays of n elements on the device, and what a copy from one to the other takes.
template <class T>
struct arrays {
    std::size_t n;
    device_array<T> x, y, out;
    std::vector<T> x_of_period, y_of_period;
    double copy;

    explicit arrays(std::size_t n)
        : n(n), x(n), y(n), out(n), x_of_period(numbers_of_period<T>(1)), y_of_period(numbers_of_period<T>(2)) {
        for (std::size_t at = 0; at < n; at += period) {
            const std::size_t bytes = std::min(period, n - at) * sizeof(T);
            cuda_runtime::copy(x.data() + at, x_of_period.data(), bytes, nullptr);
            cuda_runtime::copy(y.data() + at, y_of_period.data(), bytes, nullptr);
        }
        copy = milliseconds([&] { gpu.copy(device_span<const T>(x.view()), out.view()); });
    }
    double bytes() const { return static_cast<double>(n) * sizeof(T); }
    bool is_large() const { return n >= large_size; }
};

/// Launches count in small calls: 1.2 times what CUB takes is allowed.
template <class T>
void reductions(report& to, arrays<T>& on, const cpu_results& cpu) {
    const char* const type = golden::type_name<T>;
    const auto n = static_cast<std::int64_t>(on.n);
    const double floor_of_cub = on.is_large() ? 1.0 : 1 / 1.2;
    const device_bytes root(256, nullptr), of_peer(256, nullptr);
    const auto kernel = [&](const std::string& name, const auto& operation, const auto& source, double bytes,
                            auto result, auto&& peer) {
        using Node = device::device_node<std::remove_cvref_t<decltype(operation)>, T>;
        if (!on.is_large()) compare(name + " " + type + " " + std::to_string(on.n), result(serial), result(gpu));
        to.kernel(name, type, on.n, {bytes, "GB/s"}, milliseconds([&] {
                      device::reduce_to(operation, source, nullptr, static_cast<Node*>(root.data()));
                  }));
        to.other("CUB, run to run", milliseconds(peer), floor_of_cub);
        if (name == "sum") {
            const std::string why =
                peers::same_bits_everywhere(on.x.data(), static_cast<T*>(of_peer.data()), n,
                                            [&](auto call) { to.other("CUB, GPU to GPU", milliseconds(call)); });
            if (!why.empty()) to.absent("CUB, GPU to GPU", why);
        }
        if (on.is_large()) to.other("device copy, as many bytes", on.copy * bytes / (2 * on.bytes()), 0.9);
        beside_cpu(to, cpu, name, type, on.n, on.is_large() ? result(gpu) : 0);
    };
    // On the host the first n numbers of the period; larger results are compared with those of the CPU's program.
    const std::span<const T> x(on.x_of_period.data(), std::min(on.n, period)), y(on.y_of_period.data(), x.size());
    const auto with = [&](auto call) {
        return [&on, x, y, call](const auto& where) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(where)>, cuda_backend>)
                return golden::bits(call(where, on.x, on.y));
            else return golden::bits(call(where, x, y));
        };
    };
    const device_source<T, 1> one{{on.x.data()}, on.n};
    T* const sum_of_peer = static_cast<T*>(of_peer.data());
    kernel("sum", plus{}, one, on.bytes(), with([](auto& where, auto& a, auto&) { return sum(where, a); }),
           peers::with_memory([&, n](void* memory, std::size_t& room) {
               return cub::DeviceReduce::Sum(memory, room, on.x.data(), sum_of_peer, n);
           }));
    const auto squares = thrust::make_transform_iterator(static_cast<const T*>(on.x.data()), peers::square<T>());
    kernel("sum_of_squares", plus_of_squares{}, one, on.bytes(),
           with([](auto& where, auto& a, auto&) { return sum_of_squares(where, a); }),
           peers::reduction(squares, sum_of_peer, n));
    const auto products = thrust::make_transform_iterator(thrust::counting_iterator<std::int64_t>(0),
                                                          peers::product_at<T>{on.x.data(), on.y.data()});
    kernel("dot", plus_of_products{}, device_source<T, 2>{{on.x.data(), on.y.data()}, on.n}, 2 * on.bytes(),
           with([](auto& where, auto& a, auto& b) { return dot(where, a, b); }),
           peers::reduction(products, sum_of_peer, n));
    const auto pairs =
        thrust::make_transform_iterator(static_cast<const T*>(on.x.data()), peers::value_and_square<T>());
    kernel("variance", moments{}, one, on.bytes(), with([](auto& where, auto& a, auto&) { return variance(where, a); }),
           peers::reduction(pairs, static_cast<peers::two_sums<T>*>(of_peer.data()), n));

    if (!on.is_large()) return;
    const pinned_array<T> host(on.n);
    to.kernel("sum, returned", type, on.n, {on.bytes(), "GB/s"}, milliseconds([&] { sum(gpu, on.x); }));
    to.other("cuda+copy, pinned", milliseconds([&] {
                 cuda_runtime::copy(on.y.data(), host.data(), on.n * sizeof(T), nullptr);
                 sum(gpu, on.y);
             }));
    cuda_runtime::copy(on.y.data(), on.x.data(), on.n * sizeof(T), nullptr);
}

template <class T>
void streams(report& to, arrays<T>& on, const cpu_results& cpu) {
    const char* const type = golden::type_name<T>;
    const auto kernel = [&](const std::string& name, std::size_t results, double floor_of_copy, auto call) {
        const auto ours = [&] { call(on.x, on.out.view().first(results)); };
        ours();
        std::uint64_t bits = 0;
        if (on.is_large() && cpu.find(name, type, on.n) != nullptr)
            bits = golden::hash(to_host(gpu, device_span<const T>(on.out.view().first(results))));
        to.kernel(name, type, on.n, {2 * on.bytes(), "GB/s"}, milliseconds(ours));
        to.other("device copy", on.copy, on.is_large() ? floor_of_copy : 0);
        if (name == "ema") {
            auto scan = peers::scan<T>(on.x.data(), on.out.data(), T(0.01), static_cast<std::int64_t>(on.n));
            to.other("CUB, scan of linear steps", milliseconds(scan), on.is_large() ? 1.0 : 0);
        }
        beside_cpu(to, cpu, name, type, on.n, bits);
        if (!on.is_large() || (name != "ema" && name != "moving_average_50")) return;
        const pinned_array<T> in(on.n);
        pinned_array<T> back(on.n);
        to.other("cuda+copy, there and back", milliseconds([&] {
                     cuda_runtime::copy(on.y.data(), in.data(), on.n * sizeof(T), nullptr);
                     call(on.y, on.out.view().first(results));
                     cuda_runtime::copy(back.data(), on.out.data(), results * sizeof(T), nullptr);
                 }));
    };
    for (const std::size_t width : {5, 50, 500, 2000})
        if (width <= on.n)
            kernel("moving_average_" + std::to_string(width), on.n - width + 1, 0.85,
                   [&](const auto& x, device_span<T> out) { moving_average(gpu, x, out, width); });
    kernel("ema", on.n, 0.8, [](const auto& x, device_span<T> out) { ema(gpu, x, out, 0.01); });
    kernel("ewm_mean", on.n, 0.8,
           [](const auto& x, device_span<T> out) { ewm_mean(gpu, x, out, ewm{.decay = decay::span(20)}); });
}

template <class T>
void products(report& to, std::size_t edge, const cpu_results& cpu) {
    const char* const type = golden::type_name<T>;
    matrix<T> host(edge, edge);
    for (std::size_t i = 0; i < edge * edge; ++i) host.data()[i] = golden::element<T>(golden::data::uniform, 3, i);
    auto a = to_device(host), b = to_device(host);
    device_matrix<T> c(edge, edge);
    const double flops = 2.0 * static_cast<double>(edge) * static_cast<double>(edge) * static_cast<double>(edge);
    matmul(gpu, a, b, c);
    const bool is_compared = cpu.find("matmul", type, edge) != nullptr;
    const matrix<T> found = is_compared ? to_host(gpu, c) : matrix<T>(0, 0);
    to.kernel("matmul", type, edge, {flops, "GFLOP/s"}, milliseconds([&] { matmul(gpu, a, b, c); }));
    const bool by_tensor = sizeof(T) == 8 && cuda_runtime::multiplies_by_tensor_cores();
    const double floor = edge < 4096 ? 0 : sizeof(T) == 4 ? 0.85 : by_tensor ? 0.8 : 0;
    try {
        to.other(sizeof(T) == 4 ? "cuBLAS, no TF32" : "cuBLAS", milliseconds([&] { matmul(gpu.fast(), a, b, c); }),
                 floor);
    } catch (const std::exception& error) {
        to.absent("cuBLAS", error.what());
    }
    if (sizeof(T) == 8 && !by_tensor) { // as cuda_runtime::speed() sees it: half of the peak of the FMA units
        to.other("peak of the FMA units", flops / cuda_runtime::speed().flops_of_double / 2 * 1e3,
                 edge < 4096 ? 0 : 0.85);
    }
    const std::span<const T> elements(found.data(), found.rows() * found.cols());
    beside_cpu(to, cpu, "matmul", type, edge, is_compared ? golden::hash(elements) : 0);
    if (edge != compared_edge) return;
    pinned_array<T> pinned(edge * edge);
    std::copy_n(host.data(), edge * edge, pinned.data());
    const std::size_t bytes = edge * edge * sizeof(T);
    to.other("cuda+copy, there and back", milliseconds([&] {
                 cuda_runtime::copy(a.data(), pinned.data(), bytes, nullptr);
                 cuda_runtime::copy(b.data(), pinned.data(), bytes, nullptr);
                 matmul(gpu, a, b, c);
                 cuda_runtime::copy(pinned.data(), c.data(), bytes, nullptr);
             }));
}

/// By cuRAND into memory, and a sum over it: some 10^8 paths, scaled to as many as ours.
template <class Generate, class Value>
void by_curand(report& to, std::size_t paths, std::size_t numbers_of_path, const Value& value_of, Generate generate) {
    try {
        curand_philox generator(42);
        constexpr std::size_t at_once = std::size_t{1} << 24, rounds = 8;
        device_array<double> numbers(at_once * numbers_of_path), sums(2);
        device::fill_bytes(sums.data(), 0, 2 * sizeof(double), nullptr);
        const double time = milliseconds([&] {
            for (std::size_t round = 0; round < rounds; ++round) {
                generate(generator, numbers.data(), at_once * numbers_of_path);
                peers::add_values<<<8 * cuda_runtime::multiprocessors(), 256>>>(
                    value_of(numbers.data()), static_cast<std::int64_t>(at_once), sums.data());
            }
            device::check(cudaGetLastError(), "adding values");
        });
        to.other("cuRAND Philox, then a sum", time * static_cast<double>(paths) / static_cast<double>(at_once * rounds),
                 3);
    } catch (const std::exception& error) {
        to.absent("cuRAND Philox, then a sum", error.what());
    }
}

void monte_carlos(report& to, const cpu_results& cpu) {
    const sampling many{.samples = compared_paths};
    const auto kernel = [&](const char* name, const auto& model) {
        const double mean = monte_carlo(gpu, model, many).mean;
        to.kernel(name, "double", many.samples, {1e9, "Gpath/s"}, milliseconds([&] { monte_carlo(gpu, model, many); }));
        return golden::bits(mean);
    };
    std::uint64_t bits = kernel("pi", models::pi{});
    by_curand(
        to, many.samples, 2,
        [](const double* numbers) {
            return peers::in_quarter_disc{numbers, numbers + (std::size_t{1} << 24)};
        },
        [](curand_philox& from, double* numbers, std::size_t count) { from.uniform(numbers, count); });
    beside_cpu(to, cpu, "pi", "double", many.samples, bits);
    bits = kernel("european_option",
                  models::european_option{.spot = 100, .strike = 105, .rate = 0.05, .volatility = 0.2, .maturity = 1});
    by_curand(
        to, many.samples, 1,
        [](const double* numbers) { return peers::payoff{numbers, 100, 105, 0.2, 0.03, 0.951229424500714}; },
        [](curand_philox& from, double* numbers, std::size_t count) { from.normal(numbers, count); });
    beside_cpu(to, cpu, "european_option", "double", many.samples, bits);
}

template <class T>
void kernels_on_arrays(report& to, std::size_t n, const cpu_results& cpu) {
    arrays<T> on(n);
    reductions(to, on, cpu);
    if (on.is_large() || n == period) streams(to, on, cpu);
}

} // namespace

void show_times(const cpu_results& cpu) {
    std::printf(
        "\nMedians by events, data resident unless a line says otherwise. time/ours is what others take over what\n"
        "cuda takes: above 1 cuda is faster. Floors are those of the issue, at large sizes and for small "
        "reductions.\n");
    report table;
    table.head();
    for (const std::size_t n :
         {std::size_t{1} << 10, std::size_t{1} << 12, std::size_t{1} << 15, std::size_t{1} << 18, period, large_size}) {
        kernels_on_arrays<double>(table, n, cpu);
        kernels_on_arrays<float>(table, n, cpu);
    }
    for (const std::size_t edge : {std::size_t{512}, std::size_t{1024}, compared_edge, std::size_t{8192}}) {
        products<float>(table, edge, cpu);
        products<double>(table, edge, cpu);
    }
    monte_carlos(table, cpu);
    table.summary();
}

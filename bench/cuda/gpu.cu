// bench/cuda/gpu.cu: what a user with a GPU runs first (./dev gpu): golden bits, comparisons with serial, and times.
// SPDX-License-Identifier: MIT
#include <cuda/backend.cuh>
#include <cuda/check.cuh>
#include <cuda/monte_carlo.cuh>
#include <cuda/reduce.cuh>
#include <lanes/backends/serial.hpp>
#include <lanes/kernels/matmul.hpp>
#include <lanes/kernels/recurrence.hpp>
#include <lanes/kernels/reduce.hpp>
#include <lanes/kernels/window.hpp>
#include <lanes/verify/device.hpp>
#include <lanes/verify/matmul.hpp>
#include <lanes/verify/monte_carlo.hpp>
#include <lanes/verify/recurrence.hpp>
#include <lanes/verify/reduce.hpp>
#include <lanes/verify/window.hpp>

#include <cub/device/device_reduce.cuh>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

using namespace lanes;

namespace {

constexpr auto gpu = lanes::cuda; // CUDA's own library has a namespace ::cuda

std::size_t compared = 0, different = 0;

void compare(const std::string& what, std::uint64_t expected, std::uint64_t found) {
    ++compared;
    if (expected == found) return;
    if (++different <= 20)
        std::printf("DIFFERENT: %s: %016llx, must be %016llx\n", what.c_str(), static_cast<unsigned long long>(found),
                    static_cast<unsigned long long>(expected));
}

void golden_bits() {
    const through_device<device_copy> where;
    golden::matmul(where, compare);
    golden::recurrence(where, compare);
    golden::reduce(where, compare);
    golden::monte_carlo(where, compare);
    golden::window(where, compare);
}

/// Sizes around every border, against the definition.
template <class T>
void against_serial() {
    const through_device<device_copy> where;
    for (const std::size_t n :
         {1, 7, 63, 64, 65, 1000, 1023, 1024, 1025, 4095, 4097, 8191, 8193, 70001, 1048577, 3000001}) {
        const auto x = golden::elements<T>(golden::data::offset, 5, n),
                   y = golden::elements<T>(golden::data::wide, 6, n);
        const std::string of = std::string(" ") + golden::type_name<T> + " n = " + std::to_string(n);
        compare("sum" + of, golden::bits(sum(serial, y)), golden::bits(sum(where, y)));
        compare("dot" + of, golden::bits(dot(serial, x, y)), golden::bits(dot(where, x, y)));
        compare("variance" + of, golden::bits(variance(serial, x, 0)), golden::bits(variance(where, x, 0)));
        compare("minimum" + of, golden::bits(minimum(serial, y)), golden::bits(minimum(where, y)));
        for (const std::size_t width : {1, 5, 64, 65, 2000, 5000})
            if (width <= n)
                compare("moving_average " + std::to_string(width) + of, golden::hash(moving_average(serial, y, width)),
                        golden::hash(moving_average(where, y, width)));
        compare("ema" + of, golden::hash(ema(serial, y, 0.01)), golden::hash(ema(where, y, 0.01)));
        const ewm weights{.decay = decay::span(20)};
        compare("ewm_mean" + of, golden::hash(ewm_mean(serial, y, weights)), golden::hash(ewm_mean(where, y, weights)));
    }
    for (const std::size_t edge : {1, 33, 128, 300}) {
        matrix<T> a(edge, edge + 3), b(edge + 3, edge);
        for (std::size_t i = 0; i < edge * (edge + 3); ++i) {
            a.data()[i] = golden::element<T>(golden::data::wide, 8, i);
            b.data()[i] = golden::element<T>(golden::data::uniform, 9, i);
        }
        const auto expected = matmul(serial, a, b), found = matmul(where, a, b);
        const auto of = [&](const matrix<T>& m) { return golden::hash(std::span<const T>(m.data(), edge * edge)); };
        compare("matmul " + std::to_string(edge), of(expected), of(found));
    }
}

/// Median milliseconds on the default stream, by events, after a call that is not counted.
template <class Call>
double milliseconds(Call call, int calls = 15) {
    cudaEvent_t begin, end;
    device::check(cudaEventCreate(&begin), "making an event");
    device::check(cudaEventCreate(&end), "making an event");
    call();
    std::vector<float> times(calls);
    for (float& time : times) {
        cudaEventRecord(begin, nullptr);
        call();
        cudaEventRecord(end, nullptr);
        device::check(cudaEventSynchronize(end), "waiting for an event");
        device::check(cudaEventElapsedTime(&time, begin, end), "reading an event");
    }
    std::nth_element(times.begin(), times.begin() + calls / 2, times.end());
    return times[calls / 2];
}

void row(const char* kernel, std::size_t size, double time, double work, const char* unit, const char* peer,
         double of_peer) {
    std::printf("| %-24s | %11zu | %10.4f ms | %9.1f %-7s | %-12s | %6.2f |\n", kernel, size, time, work / time / 1e6,
                unit, peer, of_peer / time);
}

template <class T>
void reductions_and_streams(std::size_t n) {
    const auto values = golden::elements<T>(golden::data::uniform, 1, std::size_t{1} << 20);
    device_array<T> x(n), y(n), out(n);
    for (std::size_t at = 0; at < n; at += values.size())
        for (auto* to : {&x, &y})
            cuda_runtime::copy(to->data() + at, values.data(), std::min(values.size(), n - at) * sizeof(T), nullptr);
    const double bytes = static_cast<double>(n) * sizeof(T);
    const double copy = milliseconds([&] { gpu.copy(device_span<const T>(x.view()), out.view()); });
    row("device copy", n, copy, 2 * bytes, "GB/s", "-", copy);

    device_array<T> result(8);
    std::size_t room = 0;
    cub::DeviceReduce::Sum(nullptr, room, x.data(), result.data(), n);
    const device_bytes temporary(room, nullptr);
    const double cub =
        milliseconds([&] { cub::DeviceReduce::Sum(temporary.data(), room, x.data(), result.data(), n); });
    const device_bytes root(256, nullptr);
    const auto reduced = [&](const char* name, const auto& operation, const auto& source, double read) {
        using Node = device::device_node<std::remove_cvref_t<decltype(operation)>, T>;
        const double time =
            milliseconds([&] { device::reduce_to(operation, source, nullptr, static_cast<Node*>(root.data())); });
        row(name, n, time, read, "GB/s", "CUB Sum", cub * read / bytes);
    };
    const device_source<T, 1> one{{x.data()}, n};
    reduced("sum", plus{}, one, bytes);
    reduced("sum_of_squares", plus_of_squares{}, one, bytes);
    reduced("dot", plus_of_products{}, device_source<T, 2>{{x.data(), y.data()}, n}, 2 * bytes);
    reduced("variance", moments{}, one, bytes);
    for (const std::size_t width : {5, 50, 500, 2000}) {
        if (width > n) continue;
        const device_span<T> results = out.view().first(n - width + 1);
        const double time = milliseconds([&] { moving_average(gpu, x, results, width); });
        row(("moving_average " + std::to_string(width)).c_str(), n, time, 2 * bytes, "GB/s", "copy", copy);
    }
    row("ema", n, milliseconds([&] { ema(gpu, x, out, 0.01); }), 2 * bytes, "GB/s", "copy", copy);
    const ewm weights{.decay = decay::span(20)};
    row("ewm_mean", n, milliseconds([&] { ewm_mean(gpu, x, out, weights); }), 2 * bytes, "GB/s", "copy", copy);
}

template <class T>
void products(std::size_t edge) {
    matrix<T> host(edge, edge);
    for (std::size_t i = 0; i < edge * edge; ++i) host.data()[i] = golden::element<T>(golden::data::uniform, 3, i);
    const auto a = to_device(host), b = to_device(host);
    device_matrix<T> c(edge, edge);
    const double flops = 2.0 * static_cast<double>(edge) * static_cast<double>(edge) * static_cast<double>(edge);
    double peer = 0;
    try {
        peer = milliseconds([&] { matmul(gpu.fast(), a, b, c); }, 5);
    } catch (const backend_unavailable& error) {
        std::printf("%s\n", error.what());
    }
    row("matmul", edge, milliseconds([&] { matmul(gpu, a, b, c); }, 5), flops, "GFLOP/s", "cuBLAS", peer);
}

} // namespace

int main() {
    if (const char* why = gpu.why_unavailable()) {
        std::printf("skipped: %s\n", why);
        return 77;
    }
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    std::printf("device: %s, %u multiprocessors; CUDA driver %d, runtime %d\n", cuda_runtime::device_name(),
                cuda_runtime::multiprocessors(), driver, runtime);
    std::printf("device code rounds exactly: %s\n", cuda_runtime::arithmetic_is_exact() ? "yes" : "NO");
    std::printf("tensor cores multiply doubles as chains of fma: %s\n",
                cuda_runtime::multiplies_by_tensor_cores() ? "yes" : "no");
    golden_bits();
    against_serial<float>();
    against_serial<double>();
    std::printf("%zu results compared with golden bits and serial, %zu DIFFERENT\n", compared, different);
    if (different != 0) return 1; // nothing is timed that is wrong
    std::printf(
        "\nResident data, medians; the last column is the peer's time over ours, for the same bytes or flops\n");
    for (const std::size_t n :
         {std::size_t{1} << 10, std::size_t{1} << 15, std::size_t{1} << 20, std::size_t{1} << 27}) {
        std::printf("double\n");
        reductions_and_streams<double>(n);
        std::printf("float\n");
        reductions_and_streams<float>(n);
    }
    for (const std::size_t edge : {1024, 4096, 8192}) {
        std::printf("float\n");
        products<float>(edge);
        std::printf("double\n");
        products<double>(edge);
    }
    const sampling many{.samples = 1'000'000'000};
    const models::european_option call{.spot = 100, .strike = 105, .rate = 0.05, .volatility = 0.2, .maturity = 1};
    row("monte_carlo pi", many.samples, milliseconds([&] { monte_carlo(gpu, models::pi{}, many); }, 3), 1e9, "Mpath/s",
        "-", 0);
    row("monte_carlo option", many.samples, milliseconds([&] { monte_carlo(gpu, call, many); }, 3), 1e9, "Mpath/s", "-",
        0);
}

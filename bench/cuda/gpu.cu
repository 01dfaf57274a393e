// bench/cuda/gpu.cu: what a user with a GPU runs first (./dev gpu): golden bits, comparisons with serial, and times.
// SPDX-License-Identifier: MIT
#include "gpu.hpp"

#include <cuda/check.cuh>
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

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace lanes;

namespace {

constexpr auto gpu = lanes::cuda; // CUDA's own library has a namespace ::cuda

std::size_t compared = 0, different = 0;

} // namespace

void compare(const std::string& what, std::uint64_t expected, std::uint64_t found) {
    ++compared;
    if (expected == found) return;
    if (++different <= 20)
        std::printf("DIFFERENT: %s: %016llx, must be %016llx\n", what.c_str(), static_cast<unsigned long long>(found),
                    static_cast<unsigned long long>(expected));
}

namespace {

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
void against_serial(std::size_t most) {
    const through_device<device_copy> where;
    for (const std::size_t n :
         {1, 7, 63, 64, 65, 1000, 1023, 1024, 1025, 4095, 4097, 8191, 8193, 70001, 1048577, 3000001}) {
        if (n > most) continue;
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
    for (const std::size_t edge : {1, 33, 128, 300, 1100}) {
        if (edge * edge > most) continue;
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

/// Products by middle and by large tiles (H200), of operands that lie in every way; doubles by the tensor cores.
template <class T>
void by_every_tile(std::size_t most) {
    for (const bool is_large : {false, true})
        for (const std::size_t more : {0, 3}) { // lines that start at multiples of 16 bytes, or anywhere
            const std::size_t rows = (is_large ? 4096 : 768) + more, depth = 264 + more,
                              cols = (is_large ? 2048 : 768) + more;
            if (rows * cols > most) continue;
            matrix<T> a(rows, depth), at(depth, rows), b(depth, cols), bt(cols, depth);
            for (std::size_t i = 0; i < rows; ++i)
                for (std::size_t k = 0; k < depth; ++k)
                    a(i, k) = at(k, i) = golden::element<T>(golden::data::wide, 8, i * depth + k);
            for (std::size_t k = 0; k < depth; ++k)
                for (std::size_t j = 0; j < cols; ++j)
                    b(k, j) = bt(j, k) = golden::element<T>(golden::data::uniform, 9, k * cols + j);
            const auto of = [&](const matrix<T>& m) { return golden::hash(std::span<const T>(m.data(), rows * cols)); };
            matrix<T> by_serial(rows, cols);
            std::vector<std::future<void>> parts; // some seconds of serial code
            for (std::size_t row = 0; row < rows; row += 256)
                parts.push_back(std::async(std::launch::async, [&, row] {
                    const std::size_t count = std::min<std::size_t>(256, rows - row);
                    serial.matmul<T>(matrix_view<const T>(&a(row, 0), count, depth),
                                     matrix_view<const T>(b.data(), depth, cols),
                                     matrix_view<T>(&by_serial(row, 0), count, cols), {});
                }));
            for (auto& part : parts) part.get();
            const auto expected = of(by_serial);
            const auto left = to_device(a), left_turned = to_device(at), right = to_device(b),
                       right_turned = to_device(bt);
            device_matrix<T> c(rows, cols);
            const auto check = [&](const std::string& name) {
                compare(name + " of " + std::to_string(rows) + " x " + std::to_string(cols), expected, of(to_host(c)));
            };
            matmul(gpu, left, right, c);
            check("matmul");
            matmul(gpu, transposed(left_turned), right, c);
            check("matmul, a turned");
            matmul(gpu, left, transposed(right_turned), c);
            check("matmul, b turned");
            matmul(gpu, transposed(left_turned), transposed(right_turned), c);
            check("matmul, both turned");
        }
}

/// cuBLAS promises no bits, but it has to compute the same product.
template <class T>
void against_cublas() {
    for (const std::size_t rows : {1, 33, 128})
        for (const bool turned : {false, true}) {
            const std::size_t depth = rows + 3, cols = rows + 7;
            matrix<T> a(rows, depth), b(cols, depth), bt(depth, cols);
            for (std::size_t i = 0; i < rows * depth; ++i)
                a.data()[i] = golden::element<T>(golden::data::uniform, 8, i);
            for (std::size_t k = 0; k < depth; ++k)
                for (std::size_t j = 0; j < cols; ++j)
                    b(j, k) = bt(k, j) = golden::element<T>(golden::data::uniform, 9, k * cols + j);
            const matrix<T> expected = matmul(serial, a, bt);
            device_matrix<T> c(rows, cols);
            const auto left = to_device(a), right = to_device(turned ? b : bt);
            if (turned) matmul(gpu.fast(), left, transposed(right), c);
            else matmul(gpu.fast(), left, right, c);
            const matrix<T> found = to_host(c);
            double largest = 0;
            for (std::size_t i = 0; i < rows * cols; ++i)
                largest = std::max(largest, std::abs(static_cast<double>(found.data()[i]) - expected.data()[i]));
            const double bound = static_cast<double>(depth * depth) * std::numeric_limits<T>::epsilon();
            compare(std::string("cuda.fast matmul ") + golden::type_name<T> + " " + std::to_string(rows), 1,
                    largest <= bound ? 1 : 0);
        }
}

void against_cublas() {
    try {
        against_cublas<float>();
        against_cublas<double>();
    } catch (const backend_unavailable& error) {
        std::printf("%s\n", error.what());
    }
}

/// More than 2^31 elements, where the GPU and the host have the memory: some minutes of serial code, side by side where the
/// memory for that is there too.
void more_than_two_billion() {
    const std::size_t n = (std::size_t{1} << 31) + 4099;
    std::size_t room = 0, all = 0;
    device::check(cudaMemGetInfo(&room, &all), "asking for free memory");
    const auto pages =
        static_cast<std::size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    if (room < 3 * n * sizeof(float) || pages < 4 * n * sizeof(float)) {
        std::printf("2^31 + 4099 elements: left out, since the GPU or the host has too little free memory\n");
        return;
    }
    const auto period = golden::elements<float>(golden::data::uniform, 1, 1 << 20);
    std::vector<float> x(n), found(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = period[(i * 5) % period.size()];
    const device_array<float> on_device = to_device(x);
    device_array<float> out(n);

    // Each call by serial, now or later, and then by the GPU.
    const auto how = pages < 9 * n * sizeof(float) ? std::launch::deferred : std::launch::async;
    std::vector<std::function<void()>> comparisons;
    const auto number = [&](const std::string& name, auto call) {
        const auto expected = std::async(how, [call, &x] { return golden::bits(call(serial, x)); }).share();
        comparisons.push_back(
            [=, &on_device] { compare(name + " of 2^31 + 4099", expected.get(), golden::bits(call(gpu, on_device))); });
    };
    const auto array = [&](const std::string& name, std::size_t size, auto call) {
        auto expected = std::async(how, [=, &x] {
            std::vector<float> results(size);
            call(serial, x, std::span(results));
            return results;
        });
        comparisons.push_back([=, &on_device, &out, &found,
                               later = std::make_shared<decltype(expected)>(std::move(expected))] {
            call(gpu, on_device, out.view().first(size));
            to_host(device_span<const float>(out.view().first(size)), std::span(found).first(size));
            const std::vector<float> results = later->get();
            compare(name + " of 2^31 + 4099", 0, std::memcmp(results.data(), found.data(), size * sizeof(float)) != 0);
        });
    };
    number("sum", [](auto where, const auto& of) { return sum(where, of); });
    number("variance", [](auto where, const auto& of) { return variance(where, of); });
    number("maximum", [](auto where, const auto& of) { return maximum(where, of); });
    array("ema", n, [](auto where, const auto& of, auto to) { ema(where, of, to, 0.01); });
    array("ewm_mean", n,
          [](auto where, const auto& of, auto to) { ewm_mean(where, of, to, ewm{.decay = decay::span(20)}); });
    for (const std::size_t width : {20, 300, 10000})
        array("moving_average " + std::to_string(width), n - width + 1,
              [width](auto where, const auto& of, auto to) { moving_average(where, of, to, width); });
    for (const auto& comparison : comparisons) comparison();
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (const char* why = gpu.why_unavailable()) {
        std::printf("skipped: %s\n", why);
        return 77;
    }
    if (mode == "present") return 0;
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    std::printf("device: %s, %u multiprocessors; CUDA driver %d, runtime %d\n", cuda_runtime::device_name(),
                cuda_runtime::multiprocessors(), driver, runtime);
    const bool is_exact = cuda_runtime::arithmetic_is_exact();
    std::printf("device code rounds exactly: %s\n", is_exact ? "yes" : "NO");
    const bool is_watched = mode == "check"; // by compute-sanitizer, under which all is slow
    const std::size_t most = is_watched ? 100'000 : 4'000'000;
    const std::size_t most_of_product = is_watched ? 700'000 : 10'000'000;
    if (!is_watched)
        std::printf("tensor cores multiply doubles as chains of fma: %s\n",
                    cuda_runtime::multiplies_by_tensor_cores() ? "yes" : "no");
    golden_bits();
    against_serial<float>(most);
    against_serial<double>(most);
    by_every_tile<float>(most_of_product);
    by_every_tile<double>(most_of_product);
    if (!is_watched) against_cublas();
    if (mode == "large") more_than_two_billion();
    std::printf("%zu results compared with golden bits and serial, %zu DIFFERENT\n", compared, different);
    if (!is_exact || different != 0) return 1; // nothing is timed that is wrong
    if (mode != "times") return 0;
    show_times(cpu_results(argc > 2 ? argv[2] : nullptr));
    std::printf("%zu results compared, %zu DIFFERENT\n", compared, different);
    return different == 0 ? 0 : 1;
}

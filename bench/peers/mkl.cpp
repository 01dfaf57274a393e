// bench/peers/mkl.cpp: Intel MKL: CBLAS, and Monte Carlo by its random numbers and vector functions.
// SPDX-License-Identifier: MIT
#include "cblas.hpp"

#include <mkl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

namespace bench {
namespace {

// Numbers are drawn in blocks that stay in the cache.
constexpr std::size_t block = 2048;

/// The functions of MKL that are used here.
struct random_library {
    explicit random_library(const library& mkl)
        : open(mkl.get<decltype(vslNewStream)>("vslNewStream")),
          close(mkl.get<decltype(vslDeleteStream)>("vslDeleteStream")),
          uniform(mkl.get<decltype(vdRngUniform)>("vdRngUniform")),
          gaussian(mkl.get<decltype(vdRngGaussian)>("vdRngGaussian")),
          bits(mkl.get<decltype(viRngUniformBits32)>("viRngUniformBits32")), exp(mkl.get<decltype(vmdExp)>("vmdExp")) {}

    decltype(vslNewStream)* open;
    decltype(vslDeleteStream)* close;
    decltype(vdRngUniform)* uniform;
    decltype(vdRngGaussian)* gaussian;
    decltype(viRngUniformBits32)* bits;
    decltype(vmdExp)* exp;
};

class stream {
public:
    stream(const random_library& mkl, int generator, std::uint64_t seed) : mkl_(mkl) {
        mkl.open(&state_, generator, static_cast<MKL_UINT>(seed));
    }
    ~stream() { mkl_.close(&state_); }
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    operator VSLStreamStatePtr() const { return state_; }

private:
    const random_library& mkl_;
    VSLStreamStatePtr state_ = nullptr;
};

double pi(const random_library& mkl, int generator, std::size_t samples, std::uint64_t seed) {
    const stream numbers(mkl, generator, seed);
    alignas(64) std::array<double, 2 * block> u;
    std::size_t inside = 0;
    for (std::size_t first = 0; first < samples; first += block) {
        const std::size_t count = std::min(block, samples - first);
        mkl.uniform(VSL_RNG_METHOD_UNIFORM_STD, numbers, static_cast<MKL_INT>(2 * count), u.data(), 0, 1);
        for (std::size_t i = 0; i < count; ++i) inside += u[i] * u[i] + u[count + i] * u[count + i] <= 1;
    }
    return 4 * static_cast<double>(inside) / static_cast<double>(samples);
}

double european_call(const random_library& mkl, int generator, const call_option& option, std::size_t samples,
                     std::uint64_t seed) {
    const stream numbers(mkl, generator, seed);
    const double drift = (option.rate - option.volatility * option.volatility / 2) * option.maturity,
                 deviation = option.volatility * std::sqrt(option.maturity);
    alignas(64) std::array<double, block> z;
    std::array<double, 8> payoffs{};
    for (std::size_t first = 0; first < samples; first += block) {
        const std::size_t count = std::min(block, samples - first);
        mkl.gaussian(VSL_RNG_METHOD_GAUSSIAN_ICDF, numbers, static_cast<MKL_INT>(count), z.data(), drift, deviation);
        mkl.exp(static_cast<MKL_INT>(count), z.data(), z.data(), VML_LA | VML_FTZDAZ_OFF | VML_ERRMODE_IGNORE);
        std::fill(z.begin() + static_cast<std::ptrdiff_t>(count), z.end(), 0.0);
        for (std::size_t i = 0; i < block; i += payoffs.size())
            for (std::size_t j = 0; j < payoffs.size(); ++j)
                payoffs[j] += std::max(option.spot * z[i + j] - option.strike, 0.0);
    }
    double total = 0;
    for (const double payoff : payoffs) total += payoff;
    return std::exp(-option.rate * option.maturity) * total / static_cast<double>(samples);
}

/// Monte Carlo with one of MKL's generators, one core.
void add_monte_carlo(peer& column, const random_library& mkl, int generator) {
    column.pi = [=](std::size_t samples, std::uint64_t seed, std::size_t calls) {
        return repeated(calls, [&] { return pi(mkl, generator, samples, seed); });
    };
    column.european_call = [=](const call_option& option, std::size_t samples, std::uint64_t seed, std::size_t calls) {
        return repeated(calls, [&] { return european_call(mkl, generator, option, samples, seed); });
    };
}

std::string version_of(const library& mkl) {
    MKLVersion version{};
    mkl.get<decltype(MKL_Get_Version)>("MKL_Get_Version")(&version);
    return std::to_string(version.MajorVersion) + "." + std::to_string(version.MinorVersion) + "." +
           std::to_string(version.UpdateVersion);
}

} // namespace

std::vector<peer> mkl(const std::string& path, std::size_t cores) {
    // The wheel keeps Intel's OpenMP beside MKL, which looks for it by name.
    if (const auto threads = std::filesystem::path(path).parent_path() / "libiomp5.so"; exists(threads))
        const library loaded(threads.string());
    const library mkl(path);
    mkl.get<int(int)>("MKL_Set_Threading_Layer")(0); // Intel's OpenMP
    mkl.get<void(int)>("MKL_Set_Dynamic")(0);        // it takes one thread where the load is high
    const std::string version = version_of(mkl);
    std::vector<peer> columns = cblas("mkl", mkl, version, cores);

    const random_library random(mkl);
    add_monte_carlo(columns[0], random, VSL_BRNG_PHILOX4X32X10);
    columns[0].philox = [=](std::uint32_t* out, std::size_t words, std::uint64_t seed, std::size_t calls) {
        const stream numbers(random, VSL_BRNG_PHILOX4X32X10, seed);
        repeated(calls, [&] {
            return random.bits(VSL_RNG_METHOD_UNIFORMBITS32_STD, numbers, static_cast<MKL_INT>(words), out);
        });
    };
    peer sfmt{.name = "mkl sfmt", .version = version, .prepare = columns[0].prepare};
    add_monte_carlo(sfmt, random, VSL_BRNG_SFMT19937);
    columns.push_back(sfmt);
    return columns;
}

} // namespace bench

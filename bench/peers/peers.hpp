// bench/peers/peers.hpp: what a user would otherwise pick: other libraries, each in a file of its own. Includes nothing
// of lanes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// What a library computes. Every function repeats its call `calls` times and returns the last result, so that what is
/// prepared once is prepared once, and what compilers inline is inlined. Empty if the library has no such function.
template <class T>
struct peer_kernels {
    using reduction = std::function<T(const T* x, const T* y, std::size_t n, std::size_t calls)>; // y: of dot alone
    reduction sum = {}, sum_of_squares = {}, dot = {}, minimum = {}, maximum = {};
    /// Row-major: c (m x n) = a (m x k) b (k x n).
    std::function<void(const T* a, const T* b, T* c, std::size_t m, std::size_t k, std::size_t n, std::size_t calls)>
        matmul = {};
    std::size_t largest_matrix = std::size_t{1} << 30; // rows or columns that matmul is meant for
};

struct call_option {
    double spot, strike, rate, volatility, maturity;
};

/// A column of the bench: a library on one core or on several.
struct peer {
    std::string name, version;
    std::size_t cores = 1;
    peer_kernels<float> floats = {};
    peer_kernels<double> doubles = {};
    std::function<double(std::size_t samples, std::uint64_t seed, std::size_t calls)> pi = {};
    std::function<double(const call_option& option, std::size_t samples, std::uint64_t seed, std::size_t calls)>
        european_call = {};
    std::function<void(std::uint32_t* out, std::size_t words, std::uint64_t seed, std::size_t calls)> philox = {};
    std::function<void()> prepare = [] {}; // before each turn: the number of threads

    template <class T>
    const peer_kernels<T>& kernels() const {
        if constexpr (sizeof(T) == 4) return floats;
        else return doubles;
    }
};

/// call() again and again; compilers neither drop a call nor merge two.
template <class Call>
auto repeated(std::size_t calls, Call call) {
    decltype(call()) result{};
    for (std::size_t i = 0; i < calls; ++i) {
        result = call();
        asm volatile("" : "+m"(result) : : "memory");
    }
    return result;
}

/// The columns of all libraries that were found when the bench was configured (bench/peers/CMakeLists.txt).
std::vector<peer> found_peers(std::size_t cores);

std::vector<peer> eigen();
std::vector<peer> highway();
std::vector<peer> libxsmm();
std::vector<peer> standard(std::size_t cores);
/// A CBLAS library in the file `path`, on one core and on all: loaded when asked for, apart from each other, since all
/// of them use the same names.
std::vector<peer> cblas(const std::string& name, const std::string& path, std::size_t cores);
std::vector<peer> mkl(const std::string& path, std::size_t cores);
std::vector<peer> onednn(const std::string& path, std::size_t cores);

} // namespace bench

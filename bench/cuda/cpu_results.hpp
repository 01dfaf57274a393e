// bench/cuda/cpu_results.hpp: what lanes::threads computes and takes on the CPU beside the GPU: one line a result.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/verify/golden.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

/// Elements of the large arrays, and the arrays: 2^20 numbers over and over.
inline constexpr std::size_t large_size = std::size_t{1} << 27, period = std::size_t{1} << 20;
template <class T>
std::vector<T> numbers_of_period(std::uint64_t seed) {
    const auto values = lanes::golden::elements<T>(lanes::golden::data::uniform, seed, period);
    return {values.begin(), values.end()};
}

/// Edge of the products that both compute, and paths.
inline constexpr std::size_t compared_edge = 4096, compared_paths = 1'000'000'000;

/// Read from the file that lanes_cpu wrote: lines "kernel type size bits milliseconds", or one "absent: why".
class cpu_results {
public:
    struct result {
        std::uint64_t bits;
        double milliseconds;
    };

    explicit cpu_results(const char* path) {
        if (path == nullptr) return;
        std::ifstream file(path);
        std::string word;
        while (file >> word) {
            if (word == "absent:") {
                std::getline(file >> std::ws, why_absent_);
                return;
            }
            if (word == "cores:") {
                std::getline(file >> std::ws, cores_);
                continue;
            }
            std::string type, size;
            result found{};
            if (!(file >> type >> size >> std::hex >> found.bits >> std::dec >> found.milliseconds)) break;
            all_[word + " " + type + " " + size] = found;
        }
    }
    /// Null if it is not there.
    const result* find(const std::string& kernel, const char* type, std::size_t size) const {
        const auto at = all_.find(kernel + " " + type + " " + std::to_string(size));
        return at == all_.end() ? nullptr : &at->second;
    }
    bool empty() const { return all_.empty(); }
    const std::string& cores() const { return cores_; }
    const std::string& why_absent() const { return why_absent_; }

private:
    std::map<std::string, result> all_;
    std::string cores_ = "threads", why_absent_ = "lanes_cpu did not run to its end";
};

// bench/schedule.cpp: the table of kernels x types x sizes.
// SPDX-License-Identifier: MIT
#include "schedule.hpp"

#include "kernels.hpp"
#include "machine.hpp"

#include <lanes/core/array.hpp>
#include <lanes/verify/golden.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <tuple>
#include <variant>

namespace bench {
namespace {

/// Inputs and output of the array kernels at one size, shared by the contests that follow each other.
template <class T>
class arrays {
public:
    operands<T> of(std::size_t elements, bool second, std::size_t outputs) {
        grow(x_, elements, 11);
        if (second) grow(y_, elements, 12);
        grow(out_, outputs, 13); // pages are touched before anything is timed
        return {{x_.data(), elements}, {y_.data(), second ? elements : 0}, {out_.data(), outputs}};
    }

private:
    static void grow(lanes::array<T>& values, std::size_t size, std::uint64_t seed) {
        if (values.size() >= size) return;
        values = lanes::array<T>(); // frees first
        values = lanes::golden::elements<T>(lanes::golden::data::uniform, seed, size);
        benchmark::DoNotOptimize(values.data());
    }
    lanes::array<T> x_, y_, out_;
};

// A user who asks for 10^7 elements does not mean a matrix with as many rows.
constexpr std::size_t largest_matrix = 4096;

/// A contest that may be asked for: where it stands in the report, and how it is made.
struct candidate {
    std::size_t kernel, type, size; // ranks
    std::string name;
    std::function<contest()> make;
};

std::string name_of(const std::string& kernel, const std::string& type, const std::string& size) {
    return kernel + "/" + type + "/" + size;
}

class table {
public:
    explicit table(const options& chosen) : chosen_(chosen) {
        const auto classes = cache_sizes();
        for (std::size_t s = 0; s < classes.size(); ++s) {
            const bool in_quick = classes[s].label == "L2" || classes[s].label == "L3";
            if (chosen.elements == 0 &&
                (chosen.size.empty() ? !chosen.quick || in_quick : chosen.size == classes[s].label))
                sizes_.push_back(classes[s]);
        }
        if (chosen.elements != 0) add_given_size();
        add_arrays<double>(0);
        add_arrays<float>(1);
        add_matmul<double>(0);
        add_matmul<float>(1);
        add_monte_carlo();
    }

    std::vector<candidate> candidates;
    std::set<std::string> left_out; // what and why

private:
    void add_given_size() {
        // x, y, out and the reference's result.
        const double bytes = 4.0 * sizeof(double) * static_cast<double>(chosen_.elements);
        if (bytes > 0.8 * static_cast<double>(this_machine().memory))
            throw usage_error("--size: arrays of " + std::to_string(chosen_.elements) + " elements need " +
                              text_of_bytes(bytes) + "; this machine has " +
                              text_of_bytes(static_cast<double>(this_machine().memory)));
        sizes_.push_back({std::to_string(chosen_.elements), 0, chosen_.elements});
    }

    template <class T>
    void add_arrays(std::size_t type) {
        const auto kernels = array_kernels<T>();
        for (std::size_t k = 0; k < kernels.size(); ++k)
            for (std::size_t s = 0; s < sizes_.size(); ++s) {
                const array_kernel<T> kernel = kernels[k];
                const work_size size = sizes_[s];
                const std::size_t n = size.elements_of(kernel.shape.reads + kernel.shape.writes, sizeof(T));
                if (n < kernel.shape.least) {
                    leave_out(name_of(kernel.name, type_name<T>, size.label),
                              kernel.name + " needs at least " + std::to_string(kernel.shape.least) + " elements");
                    continue;
                }
                add(k, type, s, kernel.name, type_name<T>, size.label, [=, memory = memory_] {
                    if (!std::holds_alternative<arrays<T>>(*memory))
                        memory->emplace<arrays<T>>(); // frees the other type's
                    return kernel.make(std::get<arrays<T>>(*memory).of(n, kernel.shape.reads > 1, kernel.outputs(n)));
                });
            }
        array_kernels_ = kernels.size();
    }

    /// Sizes in the words of these patterns: rows of a square matrix, samples.
    template <class T>
    void add_matmul(std::size_t type) {
        for (std::size_t s = 0; s < sizes_.size(); ++s) {
            const std::string& label = sizes_[s].label;
            const std::size_t n = chosen_.elements != 0 ? chosen_.elements
                                  : label == "L1"       ? 32
                                  : label == "L2"       ? 256
                                  : label == "L3"       ? 512
                                                        : 2048;
            if (n > largest_matrix)
                leave_out(name_of("matmul", type_name<T>, label),
                          "matmul takes --size as the number of rows, up to " + std::to_string(largest_matrix));
            else add(array_kernels_, type, s, "matmul", type_name<T>, label, [=] { return matmul<T>(n); });
        }
    }
    void add_monte_carlo() {
        for (std::size_t s = 0; s < sizes_.size(); ++s) {
            const std::string& label = sizes_[s].label;
            if (label == "L1" || label == "DRAM" || chosen_.elements == 1) continue; // samples need no memory
            const std::size_t samples = chosen_.elements != 0 ? chosen_.elements : label == "L2" ? 10'000 : 1'000'000;
            for (std::size_t model = 0; model < models.size(); ++model)
                add(array_kernels_ + 1 + model, 0, s, models[model], "double", std::to_string(samples),
                    [=] { return monte_carlo(models[model], samples); });
        }
    }

    void add(std::size_t kernel, std::size_t type, std::size_t size, const std::string& name,
             const std::string& type_name, const std::string& label, std::function<contest()> make) {
        const std::string full = name_of(name, type_name, label);
        if (!wanted(full)) return;
        const bool is_class = chosen_.elements == 0;
        candidates.push_back({kernel, type, size, full, [=] {
                                  contest c = make();
                                  if (is_class && c.unit != unit::samples) c.size = label;
                                  return c;
                              }});
    }

    void leave_out(const std::string& name, const std::string& why) {
        if (wanted(name)) left_out.insert(why);
    }
    bool wanted(const std::string& name) const { return !chosen_.filter || std::regex_search(name, *chosen_.filter); }

    const options& chosen_;
    std::shared_ptr<std::variant<arrays<double>, arrays<float>>> memory_ =
        std::make_shared<std::variant<arrays<double>, arrays<float>>>();
    std::vector<work_size> sizes_;
    std::size_t array_kernels_ = 0;
};

} // namespace

std::vector<task> schedule(const options& chosen) {
    const table all(chosen);
    auto candidates = all.candidates;
    for (const std::string& why : all.left_out) std::fprintf(stderr, "left out: %s\n", why.c_str());
    const auto in_report = [](const candidate& a, const candidate& b) {
        return std::tie(a.kernel, a.type, a.size) < std::tie(b.kernel, b.type, b.size);
    };
    std::stable_sort(candidates.begin(), candidates.end(), in_report);
    std::vector<std::size_t> order(candidates.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    // Run by type and size: one set of arrays serves all kernels of a size.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::tie(candidates[a].type, candidates[a].size) < std::tie(candidates[b].type, candidates[b].size);
    });
    std::vector<task> tasks;
    for (const std::size_t i : order)
        tasks.push_back({candidates[i].name, i, [make = candidates[i].make, only = chosen.backend](double seconds) {
                             return measure(with_backend(make(), only), seconds);
                         }});
    return tasks;
}

std::string kernel_names() {
    std::string names;
    for (const auto& kernel : array_kernels<double>()) names += kernel.name + ", ";
    names += "matmul";
    for (const std::string& model : models) names += ", " + model;
    return names;
}

contest with_backend(contest c, const std::string& only) {
    if (!only.empty())
        std::erase_if(c.contestants,
                      [&](const contestant& one) { return one.as == role::backend && one.name != only; });
    return c;
}

} // namespace bench

// bench/schedule.cpp: the table of kernels x types x sizes.
// SPDX-License-Identifier: MIT
#include "schedule.hpp"

#include "kernels.hpp"
#include "machine.hpp"
#include "views.hpp"

#include <lanes/core/array.hpp>
#include <lanes/verify/golden.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>
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
    /// Each begins `offset` bytes behind the start of a cache line.
    explicit arrays(std::size_t offset) : skipped_(offset / sizeof(T)) {}

    operands<T> of(std::size_t elements, const shape& wanted, std::size_t outputs) {
        lanes::array<T>& x = wanted.gaps ? gapped_ : x_;
        const bool second = wanted.reads > 1;
        if (grow(x, elements, 11) && wanted.gaps)
            for (std::size_t i = 0; i < x.size(); ++i)
                if (lanes::golden::mixed(i) % 20 == 0) x[i] = std::numeric_limits<T>::quiet_NaN();
        if (second) grow(y_, elements, 12);
        grow(out_, outputs, 13); // pages are touched before anything is timed
        return {{x.data() + skipped_, elements},
                second ? std::span<const T>(y_.data() + skipped_, elements) : std::span<const T>(),
                {out_.data() + skipped_, outputs}};
    }

private:
    bool grow(lanes::array<T>& values, std::size_t size, std::uint64_t seed) const {
        if (values.size() >= size + skipped_) return false;
        values = lanes::array<T>(); // frees first
        values = lanes::golden::elements<T>(lanes::golden::data::uniform, seed, size + skipped_);
        benchmark::DoNotOptimize(values.data());
        return true;
    }

    std::size_t skipped_;
    lanes::array<T> x_, gapped_, y_, out_;
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

/// make<native_flags>(), and in the view of lanes::dispatch what make<plain_flags>() adds to it.
template <class Make>
contest with_dispatch([[maybe_unused]] const options& chosen, Make make) {
    contest c = make.template operator()<native_flags>();
#if LANES_BENCH_HAS_DISPATCH
    if (chosen.view == view::dispatch) {
        const contest plain = make.template operator()<plain_flags>();
        for (contestant one : plain.contestants)
            if (one.as == role::backend && one.name == "simd") {
                one.name = by_dispatch;
                one.result = plain.result;
                c.contestants.push_back(one);
            }
    }
#endif
    return c;
}

class table {
public:
    explicit table(const options& chosen) : chosen_(chosen) {
        if (chosen.elements != 0) check_memory();
        add_arrays<double>(0);
        add_arrays<float>(1);
        if (chosen.view != view::regret) add_matmul<float>(1);
        add_matmul<double>(0);
        add_monte_carlo();
    }

    std::vector<candidate> candidates;
    std::set<std::string> left_out; // what and why

private:
    void check_memory() const {
        // x, with gaps too, y, out and the reference's result.
        const double bytes = 5.0 * sizeof(double) * static_cast<double>(chosen_.elements);
        if (bytes > 0.8 * static_cast<double>(this_machine().memory))
            throw usage_error("--size: arrays of " + std::to_string(chosen_.elements) + " elements need " +
                              text_of_bytes(bytes) + "; this machine has " +
                              text_of_bytes(static_cast<double>(this_machine().memory)));
    }

    template <class T>
    void add_arrays(std::size_t type) {
        const auto kernels = array_kernels<native_flags, T>();
        const auto sizes = array_sizes(chosen_);
        for (std::size_t k = 0; k < kernels.size(); ++k)
            for (std::size_t s = 0; s < sizes.size(); ++s) {
                const array_kernel<T>& kernel = kernels[k];
                const work_size& size = sizes[s];
                const std::size_t n = size.elements_of(kernel.shape.reads + kernel.shape.writes, sizeof(T));
                if (!shows(chosen_, kernel, n)) continue;
                if (n < kernel.shape.least) {
                    leave_out(name_of(kernel.name, type_name<T>, size.label),
                              kernel.name + " needs at least " + std::to_string(kernel.shape.least) + " elements");
                    continue;
                }
                add(k, type, s, kernel.name, type_name<T>, size.label, [=, this, memory = memory_, of = kernel.shape] {
                    if (!std::holds_alternative<arrays<T>>(*memory))
                        memory->emplace<arrays<T>>(chosen_.offset); // frees the other type's
                    const auto data = std::get<arrays<T>>(*memory).of(n, of, kernels[k].outputs(n));
                    return with_dispatch(chosen_,
                                         [&]<class Flags>() { return array_kernels<Flags, T>()[k].make(data); });
                });
            }
        array_kernels_ = kernels.size();
    }

    template <class T>
    void add_matmul(std::size_t type) {
        std::size_t s = 0;
        for (const auto& [shape, label] : matrix_shapes(chosen_)) {
            const std::string name = shape.is_square() ? "matmul" : "matmul " + label;
            if (shape.is_square() && shape.n > largest_matrix)
                leave_out(name_of(name, type_name<T>, label),
                          "matmul takes --size as the number of rows, up to " + std::to_string(largest_matrix));
            else
                add(array_kernels_ + (shape.is_square() ? 0 : 1 + s), type, s, name, type_name<T>, label,
                    [this, shape = shape] {
                        return with_dispatch(chosen_,
                                             [&]<class Flags>() { return matmul<Flags, T>(shape, chosen_.offset); });
                    });
            ++s;
        }
        matrix_shapes_ = s;
    }

    void add_monte_carlo() {
        const std::size_t first = array_kernels_ + matrix_shapes_ + 1;
        std::size_t s = 0;
        for (const std::size_t samples : sample_sizes(chosen_)) {
            for (std::size_t model = 0; model < 2; ++model)
                add(first + model, 0, s, models[model], "double", std::to_string(samples), [=, this] {
                    return with_dispatch(chosen_,
                                         [&]<class Flags>() { return monte_carlo<Flags>(models[model], samples); });
                });
            ++s;
        }
        if (s > 0 && (chosen_.view == view::table || chosen_.view == view::peers) && chosen_.elements == 0)
            add(first + 2, 0, 0, models[2], "uint32", "16 KiB", [] { return monte_carlo<native_flags>(models[2], 0); });
    }

    void add(std::size_t kernel, std::size_t type, std::size_t size, const std::string& name,
             const std::string& type_name, const std::string& label, std::function<contest()> make) {
        const std::string full = name_of(name, type_name, label);
        if (!wanted(full)) return;
        const bool is_class = chosen_.elements == 0 && chosen_.view == view::table;
        candidates.push_back({kernel, type, size, full, [=] {
                                  contest c = make();
                                  if (is_class && c.pattern != "monte_carlo" && c.pattern != "generator")
                                      c.size = label;
                                  return c;
                              }});
    }

    void leave_out(const std::string& name, const std::string& why) {
        if (wanted(name) && chosen_.view == view::table) left_out.insert(why);
    }
    bool wanted(const std::string& name) const { return !chosen_.filter || std::regex_search(name, *chosen_.filter); }

    const options& chosen_;
    std::shared_ptr<std::variant<arrays<double>, arrays<float>>> memory_ =
        std::make_shared<std::variant<arrays<double>, arrays<float>>>(arrays<double>(chosen_.offset));
    std::size_t array_kernels_ = 0, matrix_shapes_ = 0;
};

} // namespace

std::vector<task> schedule(const options& chosen) {
    const auto all = std::make_shared<const table>(chosen); // the tasks look into it
    const auto& candidates = all->candidates;
    for (const std::string& why : all->left_out) std::fprintf(stderr, "left out: %s\n", why.c_str());
    // In the report by kernel, type and size; run by type and size, since one set of arrays serves all kernels of a size.
    std::vector<std::size_t> place(candidates.size()), in_report(candidates.size()), order;
    for (std::size_t i = 0; i < place.size(); ++i) in_report[i] = i;
    order = in_report;
    std::stable_sort(in_report.begin(), in_report.end(), [&](std::size_t a, std::size_t b) {
        const candidate &x = candidates[a], &y = candidates[b];
        return std::tie(x.kernel, x.type, x.size) < std::tie(y.kernel, y.type, y.size);
    });
    for (std::size_t i = 0; i < place.size(); ++i) place[in_report[i]] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::tie(candidates[a].type, candidates[a].size) < std::tie(candidates[b].type, candidates[b].size);
    });
    std::vector<task> tasks;
    for (const std::size_t i : order)
        tasks.push_back({candidates[i].name, place[i], [all, i, &chosen](double seconds) {
                             return measure(chosen_of(all->candidates[i].make(), chosen), seconds,
                                            chosen.view == view::regret ? long_turn : short_turn);
                         }});
    return tasks;
}

std::string kernel_names() {
    std::string names;
    for (const auto& kernel : array_kernels<native_flags, double>()) names += kernel.name + ", ";
    names += "matmul";
    for (const std::string& model : models) names += ", " + model;
    return names;
}

contest chosen_of(contest c, const options& chosen) {
    const auto is_shown = [&](const contestant& one) {
        const bool is_backend = one.as == role::backend;
        switch (chosen.view) {
        case view::dispatch: return is_backend && (one.name == "simd" || one.name == by_dispatch);
        case view::regret: return is_backend && one.name != "serial";
        // The reference has run, and beside 10^8 elements its time would be most of the run's.
        case view::peers:
            return one.name != always_split && one.name != "serial" &&
                   (!is_backend || chosen.backend.empty() || one.name == chosen.backend);
        case view::table:
            return one.name != always_split && one.as != role::peer &&
                   (!is_backend || chosen.backend.empty() || one.name == chosen.backend);
        }
        return true;
    };
    std::erase_if(c.contestants, [&](const contestant& one) { return !is_shown(one); });
    return c;
}

} // namespace bench

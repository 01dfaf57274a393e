// lanes/backends/automatic.hpp: the backend of a call that names none: the fastest for the size of its work.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/backends/automatic/offload.hpp>
#include <lanes/backends/cuda.hpp>
#include <lanes/backends/threads.hpp>
#include <lanes/core/backend.hpp>
#include <lanes/core/matrix.hpp>

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace lanes {

/// Data of the host: `simd` where one core is done before a second could start, `threads` otherwise, and where lanes::cuda
/// is linked and a GPU is there, `cuda` for work that clearly pays the way to it (automatic/offload.hpp). Data of a
/// device: `cuda`. All backends agree to the bit, so
/// the choice shows in the time only; `explain` tells what it is.
template <class Arch, class Device = device_in_use>
struct automatic_backend : backend_base {
    using operands = any_memory;
    static constexpr bool takes_unprepared = threads_backend<Arch>::takes_unprepared;

    template <class Operation, class Source>
    auto reduce(const Operation& operation, const Source& source) const {
        if constexpr (offload<Device>::template considers<Source>) {
            const double nanoseconds =
                static_cast<double>(source.size()) * sizeof(typename Source::element) * Source::weight * reduce_cost;
            const auto cost = [&](std::size_t workers) { return offload<Device>::of_paths(nanoseconds, workers); };
            if (pays(nanoseconds, cost)) {
                if constexpr (requires { typename Source::paths; }) return source.reduced(Device{}, operation);
                else return Device{}.reduce(operation, source);
            }
        }
        return choice.reduce(operation, source);
    }
    template <class Operation, real T>
    void window(const Operation& operation, std::size_t width, std::span<const T> x, std::span<T> out) const {
        choice.window(operation, width, x, out);
    }
    template <class Step, real T>
    void recurrence(const Step& step, std::span<const T> x, std::span<T> out) const {
        choice.recurrence(step, x, out);
    }
    template <real T>
    void matmul(const matrix_view<const T>& a, const matrix_view<const T>& b, const matrix_view<T>& out,
                const scaling<T>& factors) const {
        if constexpr (offload<Device>::considers_matmul) {
            const auto m = static_cast<double>(out.rows), n = static_cast<double>(out.cols);
            const auto k = static_cast<double>(a.cols);
            const auto cost = [&](std::size_t workers) {
                return offload<Device>::template of_matmul<T>(m, n, k, factors.beta != T(0), workers);
            };
            const auto fits = [](const auto& v) { return offload<Device>::is_without_gaps(v); };
            if (fits(a) && fits(b) && fits(out) && pays(m * n * k * 0.015, cost))
                return offload<Device>::matmul(a, b, out, factors);
        }
        choice.matmul(a, b, out, factors);
    }

    template <class Operation, class T, std::size_t Inputs>
    auto reduce(const Operation& operation, const device_source<T, Inputs>& source) const {
        note_device();
        return cuda.reduce(operation, source);
    }
    template <class Operation, class T>
    void window(const Operation& operation, std::size_t width, device_span<const T> x, device_span<T> out) const {
        note_device();
        cuda.window(operation, width, x, out);
    }
    template <class Step, class T>
    void recurrence(const Step& step, device_span<const T> x, device_span<T> out) const {
        note_device();
        cuda.recurrence(step, x, out);
    }
    template <class T>
    void matmul(const device_matrix_view<const T>& a, const device_matrix_view<const T>& b,
                const device_matrix_view<T>& out, const scaling<T>& factors) const {
        note_device();
        cuda.matmul(a, b, out, factors);
    }
    template <class T>
    void copy(device_span<const T> x, device_span<T> out) const {
        note_device();
        cuda.copy(x, out);
    }
    template <class T>
    device_array<T> new_array(std::size_t size) const {
        return cuda.new_array<T>(size);
    }
    template <class T>
    device_matrix<T> new_matrix(std::size_t rows, std::size_t cols) const {
        return cuda.new_matrix<T>(rows, cols);
    }

    // `threads` weighs every call in the cell that knows its cost, and hands it to `simd` on the calling thread where
    // splitting does not pay: with these two, that is the whole choice.
    threads_backend<Arch> choice{};

private:
    void note_device() const {
        if (choice.decisions != nullptr) choice.decisions->push_back({0, 0, 0, cuda_runtime::device_name()});
    }

    /// Whether work of about `nanoseconds` on one core goes to the GPU. The GPU is not touched for work that is too small.
    template <class Cost>
    bool pays(double nanoseconds, Cost cost) const {
        if (nanoseconds < offload_cost::least || !Device{}.available()) return false;
        threads_backend<Arch> quiet = choice;
        quiet.decisions = nullptr; // this question is none of those that `explain` reports
        const offload_cost costs = cost(quiet.workers(nanoseconds));
        if (!costs.pays()) return false;
        if (choice.decisions != nullptr)
            choice.decisions->push_back({costs.on_host, 0, 0, cuda_runtime::device_name(), costs.on_device});
        return true;
    }
};

constexpr automatic_backend<architecture> automatic{}; // one per file: its type differs between flags

template <class Argument>
struct default_backend {
    using type = automatic_backend<architecture>;
};

/// Runs call(where) with where = `automatic`, results and all, and says which backend that chose, and why, a line for each
/// of the call's verbs:  lanes::explain([&](auto where) { lanes::ema(where, x, out, 0.1); })
template <class Call, class Arch = architecture, class Device = device_in_use>
std::string explain(Call&& call) {
    std::vector<split_decision> decisions;
    automatic_backend<Arch, Device> where;
    where.choice.decisions = &decisions;
    call(where);
    std::string text;
    for (const split_decision& decision : decisions) {
        char line[240];
        const double work = decision.nanoseconds / 1e3, threshold = threads_backend<Arch>::worth_splitting / 1e3,
                     awake = threads_backend<Arch>::worth_splitting_awake / 1e3;
        if (decision.device != nullptr && decision.nanoseconds == 0)
            std::snprintf(line, sizeof line, "cuda (%s): the data is in device memory\n", decision.device);
        else if (decision.device != nullptr)
            std::snprintf(line, sizeof line,
                          "cuda (%s): about %.0f us on the GPU, the way there and back included, instead of %.0f us\n",
                          decision.device, decision.device_nanoseconds / 1e3, work);
        else if (decision.workers > 1)
            std::snprintf(line, sizeof line,
                          "threads (%zu threads, each with simd on %s): about %.0f us of work for one core; from %.0f "
                          "us on, splitting pays%s\n",
                          decision.workers, Arch::name(), work, work < threshold ? awake : threshold,
                          work < threshold ? " in a loop of calls" : "");
        else if (decision.nanoseconds < threads_backend<Arch>::worth_splitting)
            std::snprintf(line, sizeof line,
                          "simd (%s): about %.3g us of work for one core; splitting pays only from %.0f us on, in a "
                          "loop of calls from %.0f us\n",
                          Arch::name(), work, threshold, awake);
        else
            std::snprintf(line, sizeof line,
                          "simd (%s): about %.0f us of work would pay for a second thread, but only %zu may run here "
                          "(CPUs, task arena or container quota)\n",
                          Arch::name(), work, decision.available);
        text += line;
    }
    if (text.empty())
        text = "nothing to choose: the call did not pass `where` on, or its arguments left no work but a copy\n";
    if constexpr (is_x86<Arch> && !has_fma<Arch>::value)
        text += "compiled without fused multiply-add: kernels that multiply round it in software, 8 to 65 times "
                "slower than with AVX-512; use -march=native or -march=x86-64-v3, or link lanes::dispatch\n";
    if constexpr (offload<Device>::considers_matmul)
        if (const char* why = Device{}.why_unavailable()) text += std::string("cuda was not considered: ") + why + "\n";
    return text;
}

} // namespace lanes

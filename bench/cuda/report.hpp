// bench/cuda/report.hpp: the table of ./dev gpu: a kernel of lanes in one line, what it is compared with below it.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

class report {
public:
    /// What a kernel moves or computes: bytes, flops or paths; rates are in units of 10^9 per second.
    struct amount {
        double count;
        const char* unit;
    };

    static void head() {
        std::printf("| %-19s | %-6s | %10s | %-31s | %12s | %17s | %9s | %-12s |\n", "kernel", "type", "size", "run by",
                    "milliseconds", "rate", "time/ours", "floor");
        std::printf("|%s|%s|%s|%s|%s|%s|%s|%s|\n", dashes(21), dashes(8), dashes(12), dashes(33), dashes(14),
                    dashes(19), dashes(11), dashes(14));
    }

    /// lanes::cuda on data in the GPU's memory; what follows is compared with it.
    void kernel(const std::string& name, const char* type, std::size_t size, amount work, double milliseconds) {
        name_ = name, type_ = type, size_ = size, work_ = work, ours_ = milliseconds;
        std::printf("| %-19s | %-6s | %10zu | ", name.c_str(), type, size);
        measured("cuda", milliseconds);
        std::printf("%9s | %-12s |\n", "", "");
    }

    /// The same work by someone else. A floor is what `milliseconds` over ours has to be at least, 0 if nothing was asked.
    void other(const std::string& by, double milliseconds, double floor = 0) {
        std::printf("| %-19s | %-6s | %10s | ", "", "", "");
        measured(by.c_str(), milliseconds);
        const double ratio = milliseconds / ours_;
        std::printf("%9.2f | ", ratio);
        if (floor == 0) std::printf("%-12s |\n", "");
        else std::printf("%.2f %-7s |\n", floor, ratio >= floor ? "holds" : "MISSED");
        if (floor == 0) return;
        ++asked_;
        if (ratio >= floor) return;
        char line[200];
        std::snprintf(line, sizeof line, "%s %s %zu: %.2f of %s, floor %.2f", name_.c_str(), type_, size_, ratio,
                      by.c_str(), floor);
        missed_.emplace_back(line);
    }

    /// A line that could not be measured here.
    void absent(const std::string& by, const std::string& why) {
        std::printf("| %-19s | %-6s | %10s | %-31s | absent: %s\n", "", "", "", by.c_str(), why.c_str());
    }

    void summary() const {
        std::printf("\nFloors: %zu of %zu hold.\n", asked_ - missed_.size(), asked_);
        for (const std::string& line : missed_) std::printf("missed: %s\n", line.c_str());
    }

private:
    void measured(const char* by, double milliseconds) const {
        std::printf("%-31s | %12.4f | %9.1f %-7s | ", by, milliseconds, work_.count / milliseconds / 1e6, work_.unit);
    }
    static const char* dashes(std::size_t count) {
        static const char line[] = "----------------------------------------";
        return line + sizeof line - 1 - count;
    }

    std::string name_;
    const char* type_ = "";
    std::size_t size_ = 0;
    amount work_{};
    double ours_ = 0;
    std::size_t asked_ = 0;
    std::vector<std::string> missed_;
};

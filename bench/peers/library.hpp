// bench/peers/library.hpp: a shared library that is loaded apart from all others.
// SPDX-License-Identifier: MIT
#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace bench {

/// Stays loaded unless it is unloaded: its threads may live as long as the process.
class library {
public:
    explicit library(const std::string& path) {
        // Threads that spin long after their call would take a core from whoever is timed next.
        setenv("OPENBLAS_THREAD_TIMEOUT", "18", 0); // 2^18 cycles
        setenv("GOMP_SPINCOUNT", "30000", 0);
        setenv("KMP_BLOCKTIME", "1", 0); // ms
        handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (handle_ == nullptr) throw std::runtime_error(dlerror());
    }

    /// Null if it has no such function.
    template <class Function>
    Function* find(const std::string& name) const {
        return reinterpret_cast<Function*>(dlsym(handle_, name.c_str()));
    }
    template <class Function>
    Function* get(const std::string& name) const {
        Function* found = find<Function>(name);
        if (found == nullptr) throw std::runtime_error("there is no " + name);
        return found;
    }

    void unload() {
        dlclose(handle_);
        handle_ = nullptr;
    }

private:
    void* handle_;
};

} // namespace bench

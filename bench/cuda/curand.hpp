// bench/cuda/curand.hpp: cuRAND's Philox, loaded where it is there; neither linked nor are its headers used.
// SPDX-License-Identifier: MIT
#pragma once

#include <dlfcn.h>

#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>

class curand_philox {
public:
    /// throws std::runtime_error with the reason if cuRAND is not to be had
    explicit curand_philox(unsigned long long seed) {
        void* library = nullptr;
        const char* named = std::getenv("LANES_CURAND");
        for (const char* name : {named, "libcurand.so.10", "/usr/local/cuda/lib64/libcurand.so.10"})
            if (library == nullptr && name != nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr)
            throw std::runtime_error("cuRAND was not found (the environment variable LANES_CURAND may name the file)");
        const auto load = [&](auto& function, const char* name) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
            if (function == nullptr) throw std::runtime_error(std::string("cuRAND has no ") + name);
        };
        load(create_, "curandCreateGenerator");
        load(set_seed_, "curandSetPseudoRandomGeneratorSeed");
        load(uniform_, "curandGenerateUniformDouble");
        load(normal_, "curandGenerateNormalDouble");
        constexpr int philox_4x32_10 = 161;
        check(create_(&generator_, philox_4x32_10), "curandCreateGenerator");
        check(set_seed_(generator_, seed), "curandSetPseudoRandomGeneratorSeed");
    }

    /// An even number of doubles into the GPU's memory, on CUDA's default stream.
    void uniform(double* to, std::size_t count) {
        check(uniform_(generator_, to, count), "curandGenerateUniformDouble");
    }
    void normal(double* to, std::size_t count) {
        check(normal_(generator_, to, count, 0.0, 1.0), "curandGenerateNormalDouble");
    }

private:
    struct generator;

    static void check(int status, const char* attempted) {
        if (status != 0) throw std::runtime_error(std::string(attempted) + " answers " + std::to_string(status));
    }

    int (*create_)(generator**, int) = nullptr;
    int (*set_seed_)(generator*, unsigned long long) = nullptr;
    int (*uniform_)(generator*, double*, std::size_t) = nullptr;
    int (*normal_)(generator*, double*, std::size_t, double, double) = nullptr;
    generator* generator_ = nullptr; // never destroyed: the program ends
};

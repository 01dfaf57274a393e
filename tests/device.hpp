// tests/device.hpp: the suite's data on the GPU, or on the emulated device.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/lanes.hpp>
#include <lanes/verify/device.hpp>

#if defined(LANES_EMULATED_DEVICE)
#include <cuda/backend.cuh>
#include <cuda/monte_carlo.cuh>
#include <cuda/reduce.cuh>
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

#if defined(LANES_EMULATED_DEVICE)

/// The emulated device reads and writes the suite's own memory, so that guard pages and every offset are met.
template <class T>
class memory_of_suite {
public:
    memory_of_suite(T* data, std::size_t size) : data_(data), size_(size) {}
    T* data() const { return data_; }
    lanes::device_span<T> view() const { return {data_, size_}; }
    void bring_back() const {}

private:
    T* data_;
    std::size_t size_;
};
using device_of_suite = lanes::through_device<memory_of_suite>;

#else

namespace {

/// The kernels of the library lanes::cuda. A model that it does not hold is drawn from on the host; the device reduces.
struct device_of_suite : lanes::through_device<lanes::device_copy> {
    using lanes::through_device<lanes::device_copy>::reduce;

    template <class Operation, class Model>
        requires(!requires { requires Model::in_cuda_library; })
    auto reduce(const Operation& operation, const lanes::path_source<Model>& source) const {
        std::vector<double> values(source.count);
        std::array<double, lanes::block_size<double>> room;
        for (std::size_t k = 0; k < lanes::block_count<double>(source.count); ++k) {
            const double* drawn = source.template block<double>(k, room.data())[0];
            std::copy_n(drawn, lanes::elements_in_block(source, k), values.data() + k * room.size());
        }
        return reduce(operation, lanes::array_source<double, 1>{{values.data()}, values.size()});
    }
};

} // namespace

#endif

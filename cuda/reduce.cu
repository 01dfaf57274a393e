// cuda/reduce.cu: the reductions of the library lanes::cuda.
// SPDX-License-Identifier: MIT
#include <cuda/reduce.cuh>

namespace lanes {

#define LANES_REDUCTION(operation, inputs)                                                                             \
    template operation::node<double> cuda_backend::reduce(const operation&, const device_source<double, inputs>&)      \
        const;                                                                                                         \
    template operation::node<float> cuda_backend::reduce(const operation&, const device_source<float, inputs>&) const;
LANES_REDUCTION(plus, 1)
LANES_REDUCTION(plus_of_squares, 1)
LANES_REDUCTION(plus_of_products, 2)
LANES_REDUCTION(moments, 1)
LANES_REDUCTION(minimum_of, 1)
LANES_REDUCTION(maximum_of, 1)
#undef LANES_REDUCTION

} // namespace lanes

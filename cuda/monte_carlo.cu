// cuda/monte_carlo.cu: the models of the library lanes::cuda.
// SPDX-License-Identifier: MIT
#include <cuda/monte_carlo.cuh>

#include <lanes/verify/monte_carlo.hpp>

namespace lanes {

template moments::node<double> cuda_backend::reduce(const moments&, const path_source<models::pi>&) const;
template moments::node<double> cuda_backend::reduce(const moments&,
                                                    const path_source<models::european_option_paths>&) const;
template moments::node<double> cuda_backend::reduce(const moments&, const path_source<models::every_function>&) const;

} // namespace lanes

// bench/peers/cblas.hpp: the columns of a CBLAS library that is loaded.
// SPDX-License-Identifier: MIT
#pragma once

#include "library.hpp"
#include "peers.hpp"

namespace bench {

std::vector<peer> cblas(const std::string& name, const library& blas, const std::string& version, std::size_t cores);

} // namespace bench

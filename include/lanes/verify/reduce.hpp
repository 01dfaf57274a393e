// lanes/verify/reduce.hpp: golden bits of the reductions.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/target.hpp>
#include <lanes/kernels/reduce.hpp>
#include <lanes/verify/golden.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>

namespace lanes::inline LANES_TARGET::golden {

/// x has seed 11, y seed 12; variance with ddof = n - 1 is the sum of squared deviations itself.
struct reduce_row {
    data kind;
    std::size_t size;
    std::uint64_t sum, dot, sum_of_squares, mean, deviations;
};

inline constexpr reduce_row reduce_double[] = {
    {data::uniform, 65, 0xbff74adb2af94bee, 0x400e08813a4770ee, 0x40330d2468b2b768, 0xbf96ef1eb0386a45,
     0x403304cba6a6441c},
    {data::uniform, 1000, 0x4024670d4cbc6f2d, 0xc00f741e5f659952, 0x407490bed77243a9, 0x3f84e467bb1f2a2a,
     0x40748f14965c0c7c},
    {data::uniform, 1025, 0x402105fc3e275232, 0xc011fca225ce3fe7, 0x4074fdd9a950be2b, 0x3f8101bbcf338551,
     0x4074fcb8260d7acb},
    {data::uniform, 10007, 0xc03b440101510a37, 0x4026b9dd56a23046, 0x40a9af57ac87d6af, 0xbf665204f79639a2,
     0x40a9af31a34178cd},
    {data::offset, 65, 0x422e449a93fd16a4, 0x440c30731ceb953b, 0x440c30731ce696ca, 0x41cdcd64fffd221c,
     0x403304cba913d274},
    {data::offset, 1000, 0x426d1a94a2014670, 0x444b1ae4d6e4a968, 0x444b1ae4d6e54f5a, 0x41cdcd6500014e46,
     0x40748f149627370c},
    {data::offset, 1025, 0x426dd4d85941105f, 0x444bc85dc2aa4048, 0x444bc85dc2aa9708, 0x41cdcd650001101b,
     0x4074fcb825b67c60},
    {data::offset, 10007, 0x42a233df5c4bc978, 0x4480f3d82e446d16, 0x4480f3d82e44bc9e, 0x41cdcd64ffffa6b8,
     0x40a9af31a2b25419},
};

inline constexpr reduce_row reduce_float[] = {
    {data::uniform, 65, 0xbfba56f9, 0x40704409, 0x41986924, 0xbcb77915, 0x4198265d},
    {data::uniform, 1000, 0x4123382c, 0xc07ba0f6, 0x43a485f7, 0x3c2722fe, 0x43a478a5},
    {data::uniform, 1025, 0x41082fa1, 0xc08fe510, 0x43a7eecd, 0x3c080d9e, 0x43a7e5c2},
    {data::uniform, 10007, 0xc1da213c, 0x4135cef5, 0x454d7abc, 0xbb329124, 0x454d798d},
    {data::offset, 65, 0x517224d4, 0x60618398, 0x60618398, 0x4e6e6b27, 0x00000000},
    {data::offset, 1000, 0x5368d4a6, 0x6258d726, 0x6258d726, 0x4e6e6b29, 0x00000000},
    {data::offset, 1025, 0x536ea6c3, 0x625e42ed, 0x625e42ed, 0x4e6e6b28, 0x00000000},
    {data::offset, 10007, 0x55119ef8, 0x64079ec2, 0x64079ec2, 0x4e6e6b23, 0x4ab9b9db},
};

template <real T, class Where, class Visit>
void reduce_rows(const Where& where, std::span<const reduce_row> rows, Visit visit) {
    for (const reduce_row& row : rows) {
        const auto x = elements<T>(row.kind, 11, row.size), y = elements<T>(row.kind, 12, row.size);
        const std::string suffix =
            std::string(" ") + type_name<T> + " " + name(row.kind) + " n = " + std::to_string(row.size);
        visit("sum" + suffix, row.sum, bits(lanes::sum(where, x)));
        visit("dot" + suffix, row.dot, bits(lanes::dot(where, x, y)));
        visit("sum_of_squares" + suffix, row.sum_of_squares, bits(lanes::sum_of_squares(where, x)));
        visit("mean" + suffix, row.mean, bits(lanes::mean(where, x)));
        visit("variance" + suffix, row.deviations, bits(lanes::variance(where, x, row.size - 1)));
    }
}

/// visit(name, expected bits, bits that `where` returns) for every row.
template <class Where, class Visit>
void reduce(const Where& where, Visit visit) {
    reduce_rows<double>(where, reduce_double, visit);
    reduce_rows<float>(where, reduce_float, visit);
}

} // namespace lanes::inline LANES_TARGET::golden

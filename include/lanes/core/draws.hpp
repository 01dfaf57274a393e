// lanes/core/draws.hpp: what a model draws from: the random numbers of its path, one after another.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/elementary.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/pack.hpp>
#include <lanes/core/random.hpp>
#include <lanes/core/target.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lanes {

/// The random numbers of one path (or of one path in each lane): draw 0, 1, 2, ... on demand, as many as are asked for
/// up to 2^33. Draw j of a path comes from block j div 2 of the generator, counted by (block, stream, path).
template <class Value>
class draws {
public:
    using word = typename number<Value>::word;

    constexpr draws(const philox_keys& keys, std::uint32_t stream, word path_low, std::uint64_t path_high)
        : keys_(keys), path_low_(path_low), path_high_(path_high), stream_(stream) {}
    draws(philox_keys&&, std::uint32_t, word,
          std::uint64_t) = delete; // the keys are not copied: they must outlive the draws

    /// Uniformly distributed in the open interval (0, 1), symmetric about 1/2.
    template <class = target>
    LANES_INLINED constexpr Value uniform() {
        has_waiting_ = !has_waiting_;
        if (!has_waiting_) return waiting_;
        const auto [first, second] = uniforms_of_block<Value>(keys_, block_++, stream_, path_low_, path_high_);
        waiting_ = second;
        return first;
    }

    /// Draw j as a uniform number, whatever was drawn before; it leaves what comes next as it was.
    template <class = target>
    constexpr Value draw(std::uint64_t j) const {
        return uniforms_of_block<Value>(keys_, j / 2, stream_, path_low_, path_high_)[j % 2];
    }

    /// Normally distributed with mean 0 and variance 1: the normal quantile of uniform().
    template <class = target>
    LANES_INLINED constexpr Value normal() {
        return normal_of_uniform<true>(uniform());
    }

private:
    const philox_keys& keys_;
    word path_low_;
    Value waiting_{};
    std::uint64_t path_high_, stream_, block_ = 0;
    bool has_waiting_ = false;
};

/// The first random numbers of `paths` neighbouring paths, generated in SIMD for models that run path by path. A draw
/// is generated for all of them when one of them asks for it.
template <class Value>
class draws_ahead {
public:
    static constexpr std::size_t paths = number<Value>::width;
    /// Draws of a path that are kept: 32 KiB for 16 paths, in reach of the first cache levels.
    static constexpr std::size_t most = 256;
    enum class kind : unsigned char { uniform, normal };

    draws_ahead(const philox_keys& keys, std::uint32_t stream, std::uint64_t first_path)
        : keys_(keys), first_path_(first_path), stream_(stream) {}

    /// Draw j < most of path first_path + l.
    double get(std::size_t j, std::size_t l, kind asked) {
        if (j >= ready_) generate(j / 2);
        if (kinds_[j] != asked) [[unlikely]] {
            if (asked == kind::uniform) return one(l).draw(j); // made a normal number for another path: once more
            turn_normal(j);
        }
        return values_[j][l];
    }

    /// Path first_path + l alone.
    draws<double> one(std::size_t l) const {
        const std::uint64_t path = first_path_ + l;
        return {keys_, stream_, path & 0xffffffff, path >> 32};
    }

private:
    using N = number<Value>;
    using word = typename N::word;

    LANES_INLINES_CALLS void generate(std::size_t block) {
        for (std::size_t b = ready_ / 2; b <= block; ++b) {
            const auto [u, v] =
                uniforms_of_block<Value>(keys_, b, stream_, word(first_path_) + N::lane_numbers(), first_path_ >> 32);
            N::store(values_[2 * b].data(), u);
            N::store(values_[2 * b + 1].data(), v);
            kinds_[2 * b] = kinds_[2 * b + 1] = kind::uniform;
        }
        ready_ = 2 * (block + 1);
    }
    LANES_INLINES_CALLS void turn_normal(std::size_t j) {
        N::store(values_[j].data(), normal_of_uniform(N::load(values_[j].data())));
        kinds_[j] = kind::normal;
    }

    const philox_keys& keys_;
    std::uint64_t first_path_;
    std::uint32_t stream_;
    std::size_t ready_ = 0;
    alignas(64) std::array<std::array<double, paths>, most> values_;
    std::array<kind, most> kinds_;
};

/// The same numbers as draws<double> of path l, taken from those that were generated ahead as long as these last.
template <class Value>
class draws_of_one {
public:
    draws_of_one(draws_ahead<Value>& of_all, std::size_t l) : ahead_(of_all), l_(l) {}

    double uniform() { return next(ahead::kind::uniform); }
    double normal() { return next(ahead::kind::normal); }

private:
    using ahead = draws_ahead<Value>;

    double next(typename ahead::kind asked) {
        const std::size_t j = next_++;
        if (j < ahead::most) [[likely]]
            return ahead_.get(j, l_, asked);
        const double u = ahead_.one(l_).draw(j);
        return asked == ahead::kind::normal ? normal_of_uniform(u) : u;
    }

    ahead& ahead_;
    std::size_t l_, next_ = 0;
};

} // namespace lanes

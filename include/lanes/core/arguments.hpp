// lanes/core/arguments.hpp: what a caller may pass, and the checks that refuse the rest before any output is touched.
// SPDX-License-Identifier: MIT
#pragma once

#include <lanes/core/memory.hpp>
#include <lanes/core/number.hpp>
#include <lanes/core/target.hpp>

#include <charconv>
#include <cstddef>
#include <functional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace lanes::inline LANES_TARGET {

/// Has data() and size(): standard containers, spans, C arrays, and vector types such as Eigen's.
template <class X>
concept sized_memory = std::ranges::contiguous_range<X> || requires(X& x) {
    {*x.data()};
    {x.size()};
    requires !std::same_as<decltype(x.data()), void>;
};

/// Eigen's way to say how far apart neighbours lie.
template <class X>
concept strided_vector = requires(const X& x) {
    X::IsVectorAtCompileTime;
    {x.innerStride()};
};

namespace argument {

template <class X>
auto* first_of(X& x) {
    if constexpr (std::ranges::contiguous_range<X>) return std::ranges::data(x);
    else return x.data();
}

template <class X>
std::size_t count_of(const X& x) {
    if constexpr (std::ranges::contiguous_range<const X>) return static_cast<std::size_t>(std::ranges::size(x));
    else return static_cast<std::size_t>(x.size());
}

/// The shortest digits that tell the value from all others.
inline std::string text(double value) {
    char buffer[32]; // at most 24 are needed
    return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}
template <std::integral Integer>
std::string text(Integer value) {
    return std::to_string(value);
}

// Checks are inlined and what they throw is not: a call of few elements costs no more than comparisons.

template <class Value>
[[noreturn, gnu::cold, gnu::noinline]] void refuse(const char* function, const char* parameter, Value value,
                                                   const char* rule) {
    throw std::invalid_argument(std::string(function) + ": " + parameter + " is " + text(value) + ", " + rule);
}
template <class Value>
[[noreturn, gnu::cold, gnu::noinline]] void refuse(const char* function, const char* parameter, Value value,
                                                   Value other, const char* meaning) {
    const std::string rule = "must be " + text(other) + " (" + meaning + ")";
    refuse(function, parameter, value, rule.c_str());
}
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse(const char* function, const char* sentence) {
    throw std::invalid_argument(std::string(function) + ": " + sentence);
}
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_null(const char* function, const char* parameter,
                                                               std::size_t size) {
    throw std::invalid_argument(std::string(function) + ": " + parameter + " is a null pointer, must point to " +
                                text(size) + " elements");
}

/// Throws std::invalid_argument "function: parameter is value, rule" unless `holds`.
template <class Value>
[[gnu::always_inline]] inline void require(bool holds, const char* function, const char* parameter, Value value,
                                           const char* rule) {
    if (!holds) [[unlikely]]
        refuse(function, parameter, value, rule);
}

/// The same where the rule is that two values agree: "function: parameter is value, must be other (meaning)".
template <class Value>
[[gnu::always_inline]] inline void require_equal(const char* function, const char* parameter, Value value, Value other,
                                                 const char* meaning) {
    if (value != other) [[unlikely]]
        refuse(function, parameter, value, other, meaning);
}

/// The same for a rule without a single value: "function: sentence".
[[gnu::always_inline]] inline void require(bool holds, const char* function, const char* sentence) {
    if (!holds) [[unlikely]]
        refuse(function, sentence);
}

/// Refuses offsets of elements that reach outside a range of `size`.
inline void require_inside(const char* function, std::ptrdiff_t lowest, std::ptrdiff_t highest, std::size_t size) {
    require(lowest == 0, function, "the lowest element", lowest, "must be 0: negative strides reach before the range");
    if (static_cast<std::size_t>(highest) >= size) [[unlikely]]
        refuse(function, "the highest element", highest,
               ("must be below " + text(size) + " (the size of the range)").c_str());
}

// What cannot be an argument is refused by class templates: the compiler instantiates them where they are named, so that
// their sentence is the first that a user reads, and the kernel goes on with an array that is one.

/// The element type of X, const where X is.
template <class X>
struct element_of {
    static_assert(sized_memory<X>, "lanes: the argument must lie contiguously in memory, as std::vector, std::array, "
                                   "std::span, a C array or an Eigen vector does; copy it into a std::vector first, or "
                                   "pass std::span(m.data(), m.rows() * m.cols()) of a lanes::matrix m");
    using type = double;
};
template <sized_memory X>
struct element_of<X> {
    using type = std::remove_reference_t<decltype(*argument::first_of(std::declval<X&>()))>;
    static_assert(real<std::remove_const_t<type>>,
                  "lanes: elements must be float or double; convert them first, for instance "
                  "std::vector<double>(x.begin(), x.end())");
};
template <sized_memory X>
    requires strided_vector<X>
struct element_of<X> {
    using type = std::remove_reference_t<decltype(*argument::first_of(std::declval<X&>()))>;
    static_assert(bool(X::IsVectorAtCompileTime),
                  "lanes: this kernel takes a vector, not a matrix; pass a row, a column, or a std::span over the "
                  "data of a matrix that has no gaps");
    static_assert(real<std::remove_const_t<type>>,
                  "lanes: elements must be float or double; convert them first, for instance x.cast<double>().eval()");
};

/// Converts from whatever is passed, so that it fits worse than any parameter of a kernel's real overloads. One overload
/// of each kernel takes nothing else: a call that fits no other is refused with a sentence that shows one that does.
struct any {
    any() = default;
    template <class X>
    any(const X&);
};

/// Both of one element type, since a mixture would need a silent conversion.
template <class First, class Second>
struct check_same_element {
    static_assert(std::is_same_v<typename First::value_type, typename Second::value_type>,
                  "lanes: all arrays of a call must have the same element type; convert one of them first");
};

/// The same, and both in one memory.
template <class First, class Second>
struct check_same_kind : check_same_element<First, Second> {
    static_assert(in_device_memory<First> == in_device_memory<Second>,
                  "lanes: all arrays of a call must lie in the same memory; copy one with lanes::to_device or "
                  "lanes::to_host");
};

template <class T>
struct check_writable {
    static_assert(!std::is_const_v<T>, "lanes: the output is const; pass memory that can be written");
};

/// X owns its elements, which are const where X is, other than those of a span; or it is one of Eigen's owners.
template <class X>
concept owner = (sized_memory<X> && sized_memory<const X> && !strided_vector<X> && !std::ranges::borrowed_range<X> &&
                 std::is_const_v<typename element_of<const X>::type> &&
                 !std::is_const_v<typename element_of<X>::type>) ||
                requires {
    requires std::is_same_v<typename X::PlainObject, X>;
};

/// `out` was passed as an Out&&.
template <class Out>
struct check_outlives {
    static_assert(
        std::is_lvalue_reference_v<Out> || !owner<Out>,
        "lanes: the output is a temporary, so its results would be lost; pass a variable, or leave the output "
        "out: then the results are returned");
};

template <class X>
[[gnu::always_inline]] inline void check_vector(const char* function, const char* parameter, const X& x) {
    if constexpr (strided_vector<X>)
        require(x.innerStride() == 1 || x.size() <= 1, function, parameter, static_cast<long long>(x.innerStride()),
                "the distance between neighbours, must be 1: copy the vector first");
    if (argument::first_of(x) == nullptr && argument::count_of(x) != 0) [[unlikely]]
        refuse_null(function, parameter, argument::count_of(x));
}

/// The elements of x in the memory of `Where`.
template <class Where, class X, class T>
auto span_for(const char* function, const char* parameter, X& x) {
    check_memory<Where, X>();
    using operands = typename Where::operands;
    constexpr bool on_device =
        std::is_same_v<operands, any_memory> ? in_device_memory<X> : std::is_same_v<operands, device_memory>;
    using result = std::conditional_t<on_device, device_span<T>, std::span<T>>;
    if constexpr (real<std::remove_const_t<T>> && sized_memory<X> && on_device == in_device_memory<X>) {
        argument::check_vector(function, parameter, x);
        return result(argument::first_of(x), argument::count_of(x));
    } else return std::conditional_t<on_device, device_span<double>, std::span<double>>();
}

/// The elements of an input for the backend `Where`, checked.
template <class Where, class X>
auto input(const char* function, const char* parameter, const X& x) {
    using T = std::remove_const_t<typename element_of<const X>::type>;
    return span_for<Where, const X, const T>(function, parameter, x);
}

/// The elements of an output for the backend `Where`, checked.
template <class Where, class Out>
auto output(const char* function, const char* parameter, Out& out) {
    using T = typename element_of<Out>::type;
    check_writable<T>();
    return span_for<Where, Out, T>(function, parameter, out);
}

/// Spans of the same memory.
template <class A, class B>
[[gnu::always_inline]] inline bool overlap(const A& a, const B& b) {
    const std::less<const typename A::value_type*> before; // the built-in < is undefined between unrelated arrays
    return !a.empty() && !b.empty() && before(a.data(), b.data() + b.size()) && before(b.data(), a.data() + a.size());
}

/// `out` and `x` must not share memory; with `in_place` they may be the very same elements.
template <class X, class Out>
[[gnu::always_inline]] inline void check_overlap(const char* function, const X& x, const Out& out, bool in_place) {
    if (in_place && x.data() == out.data() && x.size() == out.size()) return;
    require(!overlap(x, out), function,
            in_place ? "out overlaps x in part; it must be x itself or lie apart"
                     : "out overlaps x; it must lie apart");
}

} // namespace argument
} // namespace lanes::inline LANES_TARGET

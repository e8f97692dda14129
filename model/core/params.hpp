/// Parameters of a model: declared once, with unit, sentence and provenance.
#pragma once
#include <concepts>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/core/error.hpp"
#include "model/core/units.hpp"

namespace blkpath {

/// Where a number comes from. `configured` is a choice of the user's (a mode, a size), not an estimate.
struct Provenance {
  enum class Kind : std::uint8_t { configured, datasheet, measured, fitted, assumed };
  Kind kind = Kind::assumed;
  std::string source;          ///< document, file of measurements, or case on which it was fitted
  std::string standard_error;  ///< in the parameter's own unit; empty when unknown
};
std::string_view to_string(Provenance::Kind kind);
/// @throws std::invalid_argument naming the kinds
Provenance::Kind parse_provenance(std::string_view text);

inline Provenance configured() { return {Provenance::Kind::configured, "", ""}; }
inline Provenance datasheet(std::string source) {
  return {Provenance::Kind::datasheet, std::move(source), ""};
}
inline Provenance measured(std::string source) { return {Provenance::Kind::measured, std::move(source), ""}; }
inline Provenance assumed(std::string reason = "") {
  return {Provenance::Kind::assumed, std::move(reason), ""};
}
inline Provenance fitted(std::string where, std::string standard_error = "") {
  return {Provenance::Kind::fitted, std::move(where), std::move(standard_error)};
}

/// A value as the user wrote it: a scalar or a list, with its place and, when stated, its provenance.
struct ConfigValue {
  std::string text;
  std::vector<ConfigValue> items;
  bool is_list = false;
  Place place;
  std::optional<Provenance> provenance;
};
/// A section: keys in the order in which the user wrote them.
struct ConfigMap {
  Place place;
  std::vector<std::pair<std::string, ConfigValue>> entries;
};

// ---- text <-> value: one overload pair per parameter type; enums list their names
// ---------------------------
/// Enums used as parameters specialise this: `static constexpr std::array<std::pair<std::string_view, E>, n>
/// names`.
template <class E>
struct EnumNames;

template <class E>
std::string_view enum_name(E value) {
  for (const auto& [name, e] : EnumNames<E>::names)
    if (e == value) return name;
  return "?";
}
template <class E>
E parse_enum(std::string_view text) {
  std::string known;
  for (const auto& [name, value] : EnumNames<E>::names) {
    if (name == text) return value;
    known.append(known.empty() ? "" : ", ").append(name);
  }
  throw std::invalid_argument("'" + std::string(text) + "' is not one of " + known);
}

/// Text and type name of a scalar parameter. Throws std::invalid_argument with an example of a good value.
template <class T>
struct Scalar {
  static T parse(std::string_view t) {
    if constexpr (std::is_same_v<T, Time>)
      return parse_time(t);
    else if constexpr (std::is_same_v<T, Bytes>)
      return parse_bytes(t);
    else if constexpr (std::is_same_v<T, ByteRate>)
      return parse_rate(t);
    else if constexpr (std::is_same_v<T, bool>)
      return parse_bool(t);
    else if constexpr (std::is_same_v<T, std::string>)
      return std::string(t);
    else if constexpr (std::is_enum_v<T>)
      return parse_enum<T>(t);
    else if constexpr (std::is_floating_point_v<T>)
      return parse_real(t);
    else {
      const std::int64_t n = parse_count(t);
      if (!std::in_range<T>(n))
        throw std::invalid_argument("'" + std::string(t) + "' is outside " +
                                    std::to_string(std::numeric_limits<T>::min()) + " to " +
                                    std::to_string(std::numeric_limits<T>::max()));
      return static_cast<T>(n);
    }
  }
  static std::string text(const T& v) {
    if constexpr (std::is_same_v<T, bool>)
      return v ? "true" : "false";
    else if constexpr (std::is_same_v<T, std::string>)
      return v;
    else if constexpr (std::is_enum_v<T>)
      return std::string(enum_name(v));
    else if constexpr (std::is_floating_point_v<T>)
      return real_text(v);
    else if constexpr (std::is_integral_v<T>)
      return std::to_string(v);
    else
      return format(v);
  }
  static std::string type() {
    if constexpr (std::is_same_v<T, Time>)
      return "time";
    else if constexpr (std::is_same_v<T, Bytes>)
      return "bytes";
    else if constexpr (std::is_same_v<T, ByteRate>)
      return "rate";
    else if constexpr (std::is_same_v<T, bool>)
      return "bool";
    else if constexpr (std::is_same_v<T, std::string>)
      return "text";
    else if constexpr (std::is_enum_v<T>) {
      std::string all;
      for (const auto& [name, value] : EnumNames<T>::names) all.append(all.empty() ? "" : "|").append(name);
      return all;
    } else if constexpr (std::is_floating_point_v<T>)
      return "real";
    else
      return "count";
  }
  static std::string real_text(double v);
};
std::string shortest_real(double v);
template <class T>
std::string Scalar<T>::real_text(double v) {
  return shortest_real(v);
}

/// A list parameter, e.g. the zones of a disk: each row is a list of scalars, in `Row`'s fields() order.
template <class T>
struct IsVector : std::false_type {};
template <class Row>
struct IsVector<std::vector<Row>> : std::true_type {};

template <class P, class T>
struct Field {
  std::string_view name;
  T P::*member;
  std::string_view sentence;
  Provenance provenance;
};
/// @param provenance of the default
template <class P, class T>
Field<P, T> field(std::string_view name, T P::*member, std::string_view sentence, Provenance provenance) {
  return {name, member, sentence, std::move(provenance)};
}

/// A parameter as it is in one built stage; also what the catalogue of models prints.
struct ParamInfo {
  std::string name, type, value, sentence;
  Provenance provenance;
};

namespace detail {
template <class Row>
Row parse_row(const ConfigValue& value) {
  if (!value.is_list)
    throw std::invalid_argument("'" + value.text + "' is not a row, for example " + Row::example());
  Row row;
  auto fields = Row::fields();
  if (value.items.size() != std::tuple_size_v<decltype(fields)>)
    throw std::invalid_argument("a row has " + std::to_string(std::tuple_size_v<decltype(fields)>) +
                                " entries, for example " + Row::example());
  std::size_t i = 0;
  std::apply(
      [&](auto... member) {
        ((row.*member = Scalar<std::remove_reference_t<decltype(row.*member)>>::parse(value.items[i++].text)),
         ...);
      },
      fields);
  return row;
}
template <class Row>
std::string row_text(const Row& row) {
  std::string out;
  std::apply(
      [&](auto... member) {
        ((out.append(out.empty() ? "[" : ", ")
              .append(Scalar<std::remove_cvref_t<decltype(row.*member)>>::text(row.*member))),
         ...);
      },
      Row::fields());
  return out + "]";
}
}  // namespace detail

/// A parameter of a type of its own: `static T parse(const ConfigValue&)`, which may read a file beside the
/// one in which the value stands, `text()` as it was written, and `static type()`.
template <class T>
concept ReadsItself = requires(const ConfigValue& value, const T& parsed) {
  { T::parse(value) } -> std::same_as<T>;
  { parsed.text() } -> std::convertible_to<std::string>;
  { T::type() } -> std::convertible_to<std::string>;
};

template <class T>
T parse_value(const ConfigValue& value) {
  if constexpr (ReadsItself<T>) {
    return T::parse(value);
  } else if constexpr (IsVector<T>::value) {
    if (!value.is_list)
      throw std::invalid_argument("'" + value.text + "' is not a list, for example [" +
                                  T::value_type::example() + "]");
    T rows;
    for (const ConfigValue& item : value.items)
      rows.push_back(detail::parse_row<typename T::value_type>(item));
    return rows;
  } else {
    if (value.is_list) throw std::invalid_argument("a list stands where one value is wanted");
    return Scalar<T>::parse(value.text);
  }
}
template <class T>
std::string value_text(const T& value) {
  if constexpr (ReadsItself<T>) {
    return value.text();
  } else if constexpr (IsVector<T>::value) {
    std::string out = "[";
    for (const auto& row : value) out.append(out.size() > 1 ? ", " : "").append(detail::row_text(row));
    return out + "]";
  } else
    return Scalar<T>::text(value);
}
template <class T>
std::string type_text() {
  if constexpr (ReadsItself<T>)
    return T::type();
  else if constexpr (IsVector<T>::value)
    return "rows like " + T::value_type::example();
  else
    return Scalar<T>::type();
}

/// A rate of 0 is none; but where it is the default, it stands for one that other parameters give.
template <class T>
bool is_default_rate(const ConfigValue& written, const T& value) {
  if constexpr (std::is_same_v<T, ByteRate>)
    return !written.is_list && written.text == value_text(value);
  else
    return false;
}

/// Fills `Params` from what the user wrote; defaults stay where nothing is written.
/// @param section  the stage's dotted name, for messages, e.g. "link"
/// @return  every parameter with its value and provenance
/// @throws  ConfigError: unknown key (names the nearest known one), or a bad value (shows a good one)
template <class P>
std::vector<ParamInfo> read_params(P& params, const ConfigMap& config, const std::string& section) {
  std::vector<ParamInfo> infos;
  std::vector<std::string> known;
  std::vector<bool> used(config.entries.size(), false);
  auto one = [&]<class T>(const Field<P, T>& f) {
    known.emplace_back(f.name);
    Provenance provenance = f.provenance;
    for (std::size_t i = 0; i < config.entries.size(); ++i) {
      const auto& [key, value] = config.entries[i];
      if (key != f.name) continue;
      used[i] = true;
      try {
        if (!is_default_rate(value, params.*f.member)) params.*f.member = parse_value<T>(value);
      } catch (const std::invalid_argument& e) {
        throw ConfigError(value.place, section + "." + key, e.what());
      }
      if (value.provenance)
        provenance = *value.provenance;
      else if (provenance.kind != Provenance::Kind::configured)
        provenance = assumed("written without a source");
    }
    infos.push_back({std::string(f.name), type_text<T>(), value_text(params.*f.member),
                     std::string(f.sentence), provenance});
  };
  std::apply([&](const auto&... f) { (one(f), ...); }, P::fields());
  for (std::size_t i = 0; i < used.size(); ++i)
    if (!used[i]) {
      const auto& [key, value] = config.entries[i];
      throw ConfigError(value.place, section + "." + key, "unknown key." + did_you_mean(key, known));
    }
  if constexpr (requires { params.check(); }) {
    try {
      params.check();
    } catch (const std::invalid_argument& e) {
      throw ConfigError(config.place, section, e.what());
    }
  }
  return infos;
}

}  // namespace blkpath

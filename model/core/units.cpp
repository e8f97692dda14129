#include "model/core/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <stdexcept>

namespace blkpath {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 7> kTimeUnits{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};
constexpr std::array<Unit, 9> kByteUnits{{{"B", 1},
                                          {"KiB", 1024},
                                          {"MiB", 1048576},
                                          {"GiB", 1073741824},
                                          {"TiB", 1099511627776},
                                          {"kB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"TB", 1e12}}};
constexpr std::array<Unit, 9> kRateUnits{{{"B/s", 1},
                                          {"KiB/s", 1024},
                                          {"MiB/s", 1048576},
                                          {"GiB/s", 1073741824},
                                          {"kB/s", 1e3},
                                          {"MB/s", 1e6},
                                          {"GB/s", 1e9},
                                          {"Mb/s", 125e3},
                                          {"Gb/s", 125e6}}};
constexpr std::size_t kByteRateUnits = 7;  // the others count bits; nobody wants to read 125MB/s as 1Gb/s

std::string_view trim(std::string_view t) {
  while (!t.empty() && t.front() == ' ') t.remove_prefix(1);
  while (!t.empty() && t.back() == ' ') t.remove_suffix(1);
  return t;
}

/// Splits "40us" into 40 and "us"; `ok` is false when no number leads.
struct Parts {
  double number = 0;
  std::string_view unit;
  bool ok = false;
};
Parts split(std::string_view text) {
  text = trim(text);
  Parts parts;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts.number);
  parts.ok = error == std::errc{} && std::isfinite(parts.number);
  parts.unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  return parts;
}

std::int64_t parse(std::string_view text, std::span<const Unit> units, std::string_view example) {
  const Parts parts = split(text);
  if (parts.ok)
    for (const Unit& unit : units)
      if (parts.unit == unit.name) {
        const double value = parts.number * unit.factor;
        if (value < 0 || value > 9e18)
          throw std::invalid_argument(fmt::format("'{}' is out of range, for example '{}'", text, example));
        return std::llround(value);
      }
  std::string known;
  for (const Unit& unit : units) known.append(known.empty() ? "" : ", ").append(unit.name);
  if (parts.ok && !parts.unit.empty())
    throw std::invalid_argument(
        fmt::format("'{}' has an unknown unit (one of {}), for example '{}'", text, known, example));
  throw std::invalid_argument(fmt::format("'{}' needs a number and a unit, for example '{}'", text, example));
}

/// The largest unit that divides the value, so that the text reads back exactly.
std::string shortest(std::int64_t n, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units)
    if (unit.factor > best->factor && n != 0 && n % static_cast<std::int64_t>(unit.factor) == 0) best = &unit;
  return fmt::format("{}{}", n / static_cast<std::int64_t>(best->factor), best->name);
}

}  // namespace

Time parse_time(std::string_view text) { return Time{parse(text, kTimeUnits, "40us")}; }
Bytes parse_bytes(std::string_view text) { return Bytes{parse(text, kByteUnits, "64KiB")}; }
ByteRate parse_rate(std::string_view text) {
  const ByteRate rate{parse(text, kRateUnits, "850MB/s")};
  if (rate.per_second == 0)
    throw std::invalid_argument(fmt::format("'{}' must be above zero, for example '850MB/s'", text));
  return rate;
}

std::int64_t parse_count(std::string_view text) {
  text = trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(fmt::format("'{}' is not a whole number, for example '128'", text));
  return value;
}

double parse_real(std::string_view text) {
  const Parts parts = split(text);
  if (!parts.ok || !parts.unit.empty())
    throw std::invalid_argument(fmt::format("'{}' is not a number, for example '0.25'", text));
  return parts.number;
}

bool parse_bool(std::string_view text) {
  text = trim(text);
  if (text == "true" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "off" || text == "no") return false;
  throw std::invalid_argument(fmt::format("'{}' is neither 'true' nor 'false'", text));
}

std::string format(Time t) { return shortest(t.count(), kTimeUnits); }
std::string format(Bytes b) { return shortest(b.n, kByteUnits); }
std::string format(ByteRate r) {
  return shortest(r.per_second, std::span(kRateUnits).first<kByteRateUnits>());
}

}  // namespace blkpath

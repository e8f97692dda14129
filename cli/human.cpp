#include "cli/human.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

namespace blkpath::cli {
namespace {

struct Unit {
  double size;
  const char* name;
};

/// @param units  from the smallest
std::string in_units(double x, std::span<const Unit> units, const char* zero) {
  if (x == 0) return zero;
  const Unit* unit = &units.front();
  for (const Unit& u : units)
    if (std::abs(x) >= u.size * 0.9995) unit = &u;  // 999.6 would print as 1000
  const double value = x / unit->size;
  const int decimals = std::abs(value) >= 99.95 || value == std::round(value) ? 0
                       : std::abs(value) >= 9.995                             ? 1
                                                                              : 2;
  return fmt::format("{:.{}f}{}{}", value, decimals, *unit->name ? " " : "", unit->name);
}

}  // namespace

std::string human_time(double ns) {
  static constexpr std::array<Unit, 7> kUnits{
      {{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}, {60e9, "min"}, {3600e9, "h"}, {86400e9, "d"}}};
  return in_units(ns, kUnits, "0");
}

std::string human_bytes(double bytes) {
  static constexpr std::array<Unit, 6> kUnits{{{1, "B"},
                                               {1024., "KiB"},
                                               {1048576., "MiB"},
                                               {1073741824., "GiB"},
                                               {1099511627776., "TiB"},
                                               {1125899906842624., "PiB"}}};
  return in_units(bytes, kUnits, "0 B");
}

std::string human_count(double n) {
  static constexpr std::array<Unit, 4> kUnits{{{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}}};
  return in_units(n, kUnits, "0");
}

std::string human_percent(double part, double whole) {
  return whole > 0 ? fmt::format("{:.1f} %", 100 * part / whole) : "-";
}

std::string utc(std::int64_t unix_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t ms = (unix_ns % kSecond + kSecond) % kSecond / 1'000'000;
  const std::time_t s = (unix_ns - (unix_ns % kSecond + kSecond) % kSecond) / kSecond;
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03} UTC", fmt::gmtime(s), ms);
}

}  // namespace blkpath::cli

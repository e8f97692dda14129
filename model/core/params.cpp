#include "model/core/params.hpp"

#include <fmt/format.h>

#include <array>

namespace blkpath {
namespace {
constexpr std::array<std::string_view, 5> kKinds{"configured", "datasheet", "measured", "fitted", "assumed"};
}

std::string_view to_string(Provenance::Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Provenance::Kind parse_provenance(std::string_view text) {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (kKinds[i] == text) return static_cast<Provenance::Kind>(i);
  throw std::invalid_argument(
      fmt::format("'{}' is not a provenance: one of {}", text, fmt::join(kKinds, ", ")));
}

std::string shortest_real(double v) { return fmt::format("{}", v); }

}  // namespace blkpath

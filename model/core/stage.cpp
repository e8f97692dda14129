#include "model/core/stage.hpp"

#include <array>

#include "model/core/error.hpp"
#include "model/core/sim.hpp"

namespace blkpath {

std::string_view to_string(Layer layer) {
  constexpr std::array<std::string_view, 13> names{"workload", "guest", "bus",    "emulator", "image",
                                                   "aio",      "cache", "volume", "block",    "hba",
                                                   "fabric",   "array", "device"};
  return names[static_cast<std::size_t>(layer)];
}

void Stage::submitted(Slot s, int level) { sim().pass_submitted(s, level); }
void Stage::complete(Slot s) { sim().up(s); }
double Stage::max_iops(const LoadShape&) const { return std::numeric_limits<double>::infinity(); }

Luns Stage::luns(std::span<const Luns> below) const {
  return below.empty() ? Luns{1, Luns::kUnlimited, this} : below.front();
}

void Luns::require(std::int64_t addressed, const std::string& parameter, const std::string& good) const {
  if (addressed <= count) return;
  throw ParameterError(parameter,
                       std::to_string(addressed) + " LUNs are addressed, but '" + offerer->name() +
                           "' offers " + std::to_string(count),
                       good);
}

Bytes Luns::behind(Bytes start, const std::string& parameter) const {
  if (start < Bytes{0} || start >= each)
    throw ParameterError(
        parameter,
        format(start) + " is not inside a LUN of '" + offerer->name() + "', which has " + format(each), "0B");
  return each == kUnlimited ? each : each - start;
}

Bytes striped_size(Bytes each, Bytes chunk, std::int64_t members) {
  if (each == Luns::kUnlimited) return each;
  return Bytes{each.n / chunk.n * chunk.n * members};
}

}  // namespace blkpath

#include "scenarios/address_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace blkpath {
namespace {

const StageSpec& spec_of(const PathNode& node, const Scenario& scenario) {
  return *std::find_if(scenario.stages.begin(), scenario.stages.end(), [&](const StageSpec& spec) {
    return node.name == spec.name || node.name.starts_with(spec.name + "[");
  });
}

[[noreturn]] void refuse(const ParameterError& error, const StageSpec& spec) {
  Place place = spec.place;
  for (const auto& [key, value] : spec.params.entries)
    if (key == error.parameter()) place = value.place;
  const std::string key = spec.section + "." + error.parameter();
  throw ConfigError(place, key, fmt::format("{}; for example '{}={}'", error.what(), key, error.good()));
}

/// What can be read at a glance; rounded down.
std::string rounded(Bytes size, const char* unit, double bytes) {
  return fmt::format("{:.1f}{}", std::floor(10 * static_cast<double>(size.n) / bytes) / 10, unit);
}
std::string rounded(Bytes size) {
  if (size >= 1_GiB) return rounded(size, "GiB", 1073741824);
  return size >= 1_MiB ? rounded(size, "MiB", 1048576) : format(size);
}
/// A size that fits and is easy to type.
Bytes good_size(Bytes size) {
  const Bytes unit = size >= 1_GiB ? 1_GiB : size >= 1_MiB ? 1_MiB : kSectorSize;
  return size - size % unit;
}

void check_size(const Luns& luns, const Scenario& scenario) {
  if (scenario.size <= luns.each) return;
  const std::string &offerer = luns.offerer->name(), good = format(good_size(luns.each));
  if (luns.count == 1)
    throw ConfigError(scenario.size_place, "size",
                      fmt::format("{} is more than '{}' holds, {}; for example '{}'", format(scenario.size),
                                  offerer, rounded(luns.each), good));
  throw ConfigError(
      scenario.size_place, "size",
      fmt::format(
          "{} is more than one LUN of '{}' holds, {}, and only the first of its {} LUNs is used where "
          "the path has no volume; for example '{}', or a stage 'volume: {{model: dm_striped, "
          "members: {}}}' at the top of the path",
          format(scenario.size), offerer, rounded(luns.each), luns.count, good, luns.count));
}

}  // namespace

Bytes check_addresses(const PathGraph& graph, const Sim& sim, std::span<const StageId> ids,
                      const Scenario& scenario) {
  std::vector<Luns> offered(ids.size());
  Bytes smallest = Luns::kUnlimited;
  for (auto node = graph.order().rbegin(); node != graph.order().rend(); ++node) {
    const PathNode& n = graph.nodes()[*node];
    std::vector<Luns> below;
    for (const std::string& name : n.next) below.push_back(offered[graph.index(name)]);
    try {
      offered[*node] = sim.stage(ids[*node]).luns(below);
    } catch (const ParameterError& error) {
      refuse(error, spec_of(n, scenario));
    } catch (const std::invalid_argument& error) {
      const StageSpec& spec = spec_of(n, scenario);
      throw ConfigError(spec.place, spec.section, error.what());
    }
    if (n.model != "fio") continue;
    check_size(offered[*node], scenario);
    smallest = std::min(smallest, offered[*node].each);
  }
  return smallest;
}

}  // namespace blkpath

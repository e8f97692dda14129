/// --part, --model, --set, --trace, --seed: a device and what was measured of it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "scenarios/device_replay.hpp"
#include "scenarios/part.hpp"

namespace blkpath::cli {

struct DeviceArgs {
  std::string part, trace, seed;
  std::vector<std::string> sets;

  /// @return the option --part
  CLI::Option* add_to(CLI::App& command);
  /// The part, with what --set says. @throws ConfigError
  Part load() const;
  std::uint64_t seed_value() const { return seed.empty() ? 1 : parse_seed(seed); }
};

/// What --set says is known of a device that is fitted, as from its data sheet. @throws ConfigError
ConfigMap given_parameters(const std::vector<std::string>& sets);

/// Reads, writes and all, as a table.
std::string distance_text(const std::vector<LatencyPair>& pairs);
nlohmann::ordered_json distance_json(const std::vector<LatencyPair>& pairs);

}  // namespace blkpath::cli

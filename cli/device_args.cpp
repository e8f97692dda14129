#include "cli/device_args.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace blkpath::cli {
namespace {

constexpr std::array<std::pair<const char*, Which>, 3> kRows{
    {{"all", Which::all}, {"reads", Which::reads}, {"writes", Which::writes}}};

double rounded(double v) { return std::round(v * 1e6) / 1e6; }

}  // namespace

CLI::Option* DeviceArgs::add_to(CLI::App& command) {
  CLI::Option* part_option =
      command.add_option("--part", part, "file of a device's parameters, as 'import' writes it");
  command.add_option("--trace", trace, "measured trace, one request at a time")->needs(part_option);
  command.add_option("--set", sets, "a parameter of the device, for example --set segments=0")
      ->needs(part_option)
      ->allow_extra_args(false);
  command.add_option("--seed", seed, "of the platter's position at the start; 1 unless told")
      ->needs(part_option);
  return part_option;
}

Part DeviceArgs::load() const {
  if (trace.empty())
    throw ConfigError({}, "--trace", "is missing: what was measured, for example --trace measured.trace.xz");
  Part loaded = load_part(part);
  ConfigMap over;
  over.place = loaded.params.place;
  for (const std::string& set : sets) over.entries.push_back(parse_parameter(set));
  loaded.params = with(loaded.params, over);
  return loaded;
}

ConfigMap given_parameters(const std::vector<std::string>& sets) {
  ConfigMap given;
  for (const std::string& set : sets) {
    given.entries.push_back(parse_parameter(set));
    given.entries.back().second.provenance = datasheet("given on the command line");
  }
  return given;
}

std::string distance_text(const std::vector<LatencyPair>& pairs) {
  std::string out = fmt::format("{:<7} {:>8} {:>12} {:>13} {:>11} {:>9} {:>14}\n", "", "requests",
                                "measured ms", "predicted ms", "demerit ms", "demerit %", "paired RMS ms");
  for (const auto& [name, which] : kRows) {
    const LatencyDistance d = latency_distance(pairs, which);
    if (d.count == 0) continue;
    out +=
        fmt::format("{:<7} {:>8} {:>12.3f} {:>13.3f} {:>11.4f} {:>9.2f} {:>14.3f}\n", name, d.count,
                    d.measured_mean_ms, d.predicted_mean_ms, d.demerit_ms, d.demerit_pct(), d.paired_rms_ms);
  }
  return out;
}

nlohmann::ordered_json distance_json(const std::vector<LatencyPair>& pairs) {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for (const auto& [name, which] : kRows) {
    const LatencyDistance d = latency_distance(pairs, which);
    if (d.count == 0) continue;
    j[name] = {{"requests", d.count},
               {"measured_mean_ms", rounded(d.measured_mean_ms)},
               {"predicted_mean_ms", rounded(d.predicted_mean_ms)},
               {"demerit_ms", rounded(d.demerit_ms)},
               {"demerit_pct", rounded(d.demerit_pct())},
               {"paired_rms_ms", rounded(d.paired_rms_ms)}};
  }
  return j;
}

}  // namespace blkpath::cli

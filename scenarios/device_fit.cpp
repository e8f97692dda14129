#include "scenarios/device_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "model/core/registry.hpp"

namespace blkpath {
namespace {

constexpr double kMostUs = 20'000;
/// Differences are taken over steps above the grain of turns that are missed or caught: wide ones, then finer
/// ones.
constexpr std::array kStepsUs{100.0, 25.0};
constexpr double kSectorShare = 0.02;  ///< of a step, for the time of a sector on the bus

std::string text_us(double us) { return format(Time{std::llround(us * 1e3)}); }

ConfigMap replaced(const ConfigMap& params, const std::vector<FitParameter>& fit, std::span<const double> us,
                   const std::string& on) {
  ConfigMap over;
  over.place = params.place;
  for (std::size_t i = 0; i < fit.size(); ++i) {
    ConfigValue v;
    v.text = text_us(us[i]);
    v.place = params.place;
    v.provenance = fitted(on, fit[i].standard_error > 0 ? text_us(fit[i].standard_error) : "");
    over.entries.emplace_back(fit[i].name, std::move(v));
  }
  return with(params, over);
}

/// Differences of the sorted latencies, by request and by the one before it.
std::vector<double> class_differences(const std::vector<LatencyPair>& pairs) {
  std::array<std::vector<LatencyPair>, 4> classes;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    classes[(pairs[i].write ? 2u : 0u) + (i > 0 && pairs[i - 1].write ? 1u : 0u)].push_back(pairs[i]);
  std::vector<double> all;
  for (const std::vector<LatencyPair>& one : classes) {
    const std::vector<double> d = sorted_differences(one, Which::all);
    all.insert(all.end(), d.begin(), d.end());
  }
  return all;
}

}  // namespace

std::vector<std::string> default_fit(const std::string& model) {
  if (model == "disk")
    return {"read_hit_after_read",
            "read_hit_after_write",
            "read_miss_after_read",
            "read_miss_after_write",
            "write_hit_after_read",
            "write_hit_after_write",
            "write_miss_after_read",
            "write_miss_after_write",
            "bus_read",
            "bus_write",
            "write_start",
            "write_settle"};
  return {};
}

DeviceFit fit_device(const std::string& model, const ConfigMap& params, const std::vector<std::string>& names,
                     const std::vector<MeasuredRequest>& requests, std::uint64_t seed, const std::string& on,
                     const std::function<bool()>& go_on) {
  const Built built = find_model(model, params.place, "model").make(params, "params");
  std::vector<std::string> times;
  for (const ParamInfo& p : built.params)
    if (p.type == "time") times.push_back(p.name);
  DeviceFit fit;
  for (const std::string& name : names) {
    const auto found = std::find_if(built.params.begin(), built.params.end(),
                                    [&](const ParamInfo& p) { return p.name == name && p.type == "time"; });
    if (found == built.params.end())
      throw ConfigError(
          params.place, "--fit",
          fmt::format("'{}' is not a time of model {}.{}", name, model, did_you_mean(name, times)));
    const double us = seconds(parse_time(found->value)) * 1e6;
    const bool of_a_sector = name.starts_with("bus_");
    fit.parameters.push_back({name, us, 0, 0, of_a_sector ? kMostUs / 20 : kMostUs, 0});
  }
  const auto differences = [&](std::span<const double> us) {
    return class_differences(
        replay_on_device(model, replaced(params, fit.parameters, us, on), "params", requests, seed));
  };
  for (const double step : kStepsUs) {
    for (FitParameter& p : fit.parameters) p.step = p.name.starts_with("bus_") ? step * kSectorShare : step;
    const FitSummary before = fit.summary;
    fit.summary = least_squares(fit.parameters, differences, go_on);
    fit.summary.evaluations += before.evaluations;
    if (before.evaluations > 0) fit.summary.before = before.before;
    if (fit.summary.stopped) break;
  }
  // What nothing depends on keeps its value and its source.
  std::erase_if(fit.parameters, [&](const FitParameter& p) { return !fit.summary.stopped && !p.matters; });
  std::vector<double> us;
  for (const FitParameter& p : fit.parameters) us.push_back(p.value);
  fit.params = replaced(params, fit.parameters, us, on);
  return fit;
}

DeviceFit fit_device_and_buffer(const std::string& model, const ConfigMap& params,
                                const std::vector<MeasuredRequest>& requests, std::uint64_t seed,
                                const std::string& on, const std::function<bool()>& go_on) {
  const std::vector<std::string> names = default_fit(model);
  DeviceFit best = fit_device(model, params, names, requests, seed, on, go_on);
  if (model != "disk") return best;
  const Built built = find_model(model, params.place, "model").make(params, "params");
  const auto value = [&](std::string_view name) {
    return std::find_if(built.params.begin(), built.params.end(),
                        [&](const ParamInfo& p) { return p.name == name; })
        ->value;
  };
  if (value("write_cache") != "true") return best;
  int evaluations = best.summary.evaluations;
  const std::int64_t segments = parse_count(value("segments"));
  for (std::int64_t n = 1; n <= segments && !best.summary.stopped; n *= 2) {
    const std::string text = std::to_string(n);
    if (text == value("write_segments")) continue;
    ConfigMap over;
    over.place = params.place;
    ConfigValue v;
    v.text = text;
    v.place = params.place;
    v.provenance = fitted(on);
    over.entries.emplace_back("write_segments", std::move(v));
    DeviceFit fit = fit_device(model, with(params, over), names, requests, seed, on, go_on);
    evaluations += fit.summary.evaluations;
    fit.chosen = "write_segments=" + text;
    fit.summary.before = best.summary.before;
    const bool stopped = fit.summary.stopped;
    if (fit.summary.after < best.summary.after) best = std::move(fit);
    best.summary.stopped = stopped;
  }
  best.summary.evaluations = evaluations;
  return best;
}

}  // namespace blkpath

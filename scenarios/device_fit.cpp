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

double grain(const FitParameter& p) { return p.name.starts_with("bus_") ? kSectorShare : 1; }

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

std::vector<double> values(const std::vector<FitParameter>& parameters) {
  std::vector<double> v;
  for (const FitParameter& p : parameters) v.push_back(p.value);
  return v;
}

/// What nothing depends on keeps its value and its source.
void drop_without_effect(std::vector<FitParameter>& parameters, const Differences& differences) {
  std::vector<double> us = values(parameters);
  const std::vector<double> base = differences(us);
  std::vector<FitParameter> kept;
  for (std::size_t i = 0; i < us.size(); ++i) {
    us[i] += kStepsUs[0] * grain(parameters[i]);
    if (differences(us) != base) kept.push_back(parameters[i]);
    us[i] = parameters[i].value;
  }
  parameters = std::move(kept);
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
                     const std::function<bool()>& go_on, FitWeights weights) {
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
  const auto predicted = [&](std::span<const double> us) {
    return replay_on_device(model, replaced(params, fit.parameters, us, on), "params", requests, seed);
  };
  drop_without_effect(fit.parameters,
                      [&](std::span<const double> us) { return class_differences(predicted(us)); });
  const std::vector<double> from = values(fit.parameters);
  const auto differences = [&](std::span<const double> us) {
    const std::vector<LatencyPair> pairs = predicted(us);
    std::vector<double> d = class_differences(pairs);
    if (weights.pairs > 0)
      for (const LatencyPair& p : pairs) d.push_back(weights.pairs * 1e3 * seconds(p.predicted - p.measured));
    if (weights.pull > 0)
      for (std::size_t i = 0; i < us.size(); ++i)
        d.push_back(weights.pull * 1e-3 * (us[i] - from[i]) / grain(fit.parameters[i]));
    return d;
  };
  for (const double step : kStepsUs) {
    for (FitParameter& p : fit.parameters) p.step = step * grain(p);
    const FitSummary before = fit.summary;
    fit.summary = least_squares(fit.parameters, differences, go_on);
    fit.summary.evaluations += before.evaluations;
    if (before.evaluations > 0) fit.summary.before = before.before;
    if (fit.summary.stopped) break;
  }
  fit.params = replaced(params, fit.parameters, values(fit.parameters), on);
  return fit;
}

double distribution_squares(const std::string& model, const ConfigMap& params,
                            const std::vector<MeasuredRequest>& requests, std::uint64_t seed) {
  double sum = 0;
  for (const double d : class_differences(replay_on_device(model, params, "params", requests, seed)))
    sum += d * d;
  return sum;
}

}  // namespace blkpath

#include "scenarios/device_choice.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "model/core/registry.hpp"

namespace blkpath {
namespace {

/// Of FitWeights. A pull of 12: as if a time were known to 0.2 ms, the differences to 0.15 ms, one in 20 of
/// them independent of the others.
constexpr std::array kPulls{0.0, 3.0, 6.0, 12.0};
/// A request that is off by a turn of 11 ms then counts as much as a distribution that is off by 3.
constexpr std::array kPairs{0.0, 0.3};

/// The parameters with the trial's number.
ConfigMap with_number(const FitTrial& trial, const ConfigMap& params, const std::string& on) {
  if (trial.name.empty()) return params;
  ConfigMap over;
  over.place = params.place;
  ConfigValue v;
  v.text = trial.value;
  v.place = params.place;
  v.provenance = fitted(on);
  over.entries.emplace_back(trial.name, std::move(v));
  return with(params, over);
}

}  // namespace

std::vector<FitTrial> fit_trials(const std::string& model, const ConfigMap& params) {
  const std::vector<std::string> times = default_fit(model);
  if (model != "disk") return {{times, {}, "", ""}};
  const Built built = find_model(model, params.place, "model").make(params, "params");
  const auto value = [&](std::string_view name) {
    return std::find_if(built.params.begin(), built.params.end(),
                        [&](const ParamInfo& p) { return p.name == name; })
        ->value;
  };
  std::vector<std::string> more = times;
  more.insert(more.end(), {"seek_bias", "read_reselect"});
  if (parse_time(value("extra_data")) > Time{0}) more.push_back("extra_command");
  const std::int64_t segments = value("write_cache") == "true" ? parse_count(value("segments")) : 0;
  std::vector<FitTrial> trials;
  for (const double pull : kPulls)
    for (const double pairs : kPairs) {
      trials.push_back({times, {pull, pairs}, "", ""});
      trials.push_back({more, {pull, pairs}, "", ""});
      for (std::int64_t n = 1; n <= segments; n *= 2)
        if (const std::string text = std::to_string(n); text != value("write_segments"))
          trials.push_back({times, {pull, pairs}, "write_segments", text});
    }
  return trials;
}

DeviceFit fit_device_and_choose(const std::string& model, const ConfigMap& params,
                                const std::vector<MeasuredRequest>& requests, std::uint64_t seed,
                                const std::string& on, const std::function<bool(double)>& go_on) {
  std::vector<FitTrial> trials = fit_trials(model, params);
  // A number that makes no difference need not be tried.
  const double as_it_is = distribution_squares(model, params, requests, seed);
  std::erase_if(trials, [&](const FitTrial& t) {
    return !t.name.empty() &&
           distribution_squares(model, with_number(t, params, on), requests, seed) == as_it_is;
  });
  double fits = 0;
  const auto all = trials.size() > 1 ? 2.0 * static_cast<double>(trials.size()) + 2 : 1;
  const auto goes_on = [&] { return !go_on || go_on(fits / all); };
  const auto fit = [&](const FitTrial& t, const std::vector<MeasuredRequest>& to) {
    return fit_device(model, with_number(t, params, on), t.times, to, seed, on, goes_on, t.weights);
  };
  const auto middle = requests.begin() + static_cast<std::ptrdiff_t>(requests.size() / 2);
  const std::array halves{std::vector(requests.begin(), middle), std::vector(middle, requests.end())};
  const FitTrial* best = &trials.front();
  DeviceFit so_far;  // of the best trial, to the first half
  double least = std::numeric_limits<double>::infinity();
  int evaluations = 0;
  for (const FitTrial& t : trials) {
    if (trials.size() == 1) break;
    std::array<DeviceFit, 2> fitted;
    double squares = 0;
    for (const std::size_t half : {0u, 1u}) {
      fitted[half] = fit(t, halves[half]);
      fits += 1;
      evaluations += fitted[half].summary.evaluations;
      squares += distribution_squares(model, fitted[half].params, halves[1 - half], seed);
      if (fitted[half].summary.stopped) {
        if (so_far.params.entries.empty()) so_far = std::move(fitted[half]);
        so_far.summary.stopped = true;
        return so_far;
      }
    }
    if (squares < least) {
      least = squares;
      best = &t;
      so_far = std::move(fitted[0]);
      if (!t.name.empty()) so_far.chosen = t.name + "=" + t.value;
    }
  }
  DeviceFit result = fit(*best, requests);
  result.summary.evaluations += evaluations;
  if (!best->name.empty()) result.chosen = best->name + "=" + best->value;
  return result;
}

}  // namespace blkpath

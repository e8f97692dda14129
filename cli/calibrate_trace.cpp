#include "cli/calibrate_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/device_args.hpp"
#include "hw/calibrated_params.hpp"
#include "scenarios/trace_fit.hpp"

namespace blkpath::cli {
namespace {

constexpr std::size_t kFewest = 100;

/// From its own beginning on.
std::vector<TimedRequest> part_of(const std::vector<TimedRequest>& all, std::size_t from, std::size_t to) {
  std::vector<TimedRequest> some(all.begin() + static_cast<std::ptrdiff_t>(from),
                                 all.begin() + static_cast<std::ptrdiff_t>(to));
  const Time first = some.front().issued;
  for (TimedRequest& r : some) r.issued -= first, r.done -= first;
  return some;
}

/// The device holds all that the trace touches, of which the fit sees one half.
void set_capacity(ConfigMap& given, const std::vector<TimedRequest>& requests) {
  Bytes end = CalibratedParams{}.capacity;
  for (const TimedRequest& r : requests) end = std::max(end, Bytes{r.offset + r.length});
  ConfigValue capacity;
  capacity.text = format(end);
  capacity.provenance = configured();
  given = with({given.place, {{"capacity", capacity}}}, given);
}

}  // namespace

int calibrate_trace(const TraceFitArgs& args) {
  const std::vector<TimedRequest> requests = read_timed(args.trace);
  if (requests.size() < kFewest)
    throw ConfigError(
        {args.trace, 0}, "trace",
        fmt::format("{} requests are too few to fit to one half and test on the other; {} is the least",
                    requests.size(), kFewest));
  if (!args.output.empty()) check_writable(args.output, "--output");
  const std::string file = std::filesystem::path(args.trace).filename().string();
  const auto train = part_of(requests, 0, requests.size() / 2);
  const auto test = part_of(requests, requests.size() / 2, requests.size());
  const std::string on = fmt::format("first {} requests of {}", train.size(), file);
  const std::uint64_t seed = args.seed.empty() ? 1 : parse_seed(args.seed);
  ConfigMap given = given_parameters(args.sets);
  set_capacity(given, requests);
  catch_interrupts();
  const TraceFit fit = fit_trace(train, given, seed, on, [] { return !interrupted(); });
  const auto fitted = replay_timed(fit.params, train, seed), predicted = replay_timed(fit.params, test, seed);
  if (!args.output.empty()) {
    Part part;
    part.name = file;
    part.model = "calibrated";
    part.params = fit.params;
    write_text(args.output, part_text(part, {"Fitted to the " + on + "."}));
  }
  if (args.json)
    write_text("", nlohmann::ordered_json{{"fitted_to", on},
                                          {"servers", fit.servers},
                                          {"given", args.sets},
                                          {"first_half_fitted", distance_json(fitted)},
                                          {"second_half_predicted", distance_json(predicted)}}
                           .dump(2) +
                       "\n");
  else
    write_text("", fmt::format("calibrated: fitted to the {}: {} servers\n\nfirst half, fitted to\n{}\n"
                               "second half, predicted\n{}",
                               on, fit.servers, distance_text(fitted), distance_text(predicted)));
  if (!interrupted()) return 0;
  fmt::print(stderr, "blkpath: interrupted; the result is the best so far\n");
  return 130;
}

}  // namespace blkpath::cli

#include "scenarios/fio_grid_mechanisms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "hw/calibrated_params.hpp"

namespace blkpath {
namespace {

constexpr double kMechanicalUs = 2000;  ///< no flash drive takes so long for one random read or write
constexpr std::array kServers{1, 2, 3, 4, 6, 8, 12, 16};
/// A flash drive has 8 dies and more. When latency rises before all are busy, completions are being
/// collected; fewer places must explain the cells twice as well.
constexpr int kFewestDies = 8;
constexpr double kDoubt = 2;
constexpr std::array kCollectFrom{2, 3, 4};
constexpr std::array kHalves{"4KiB", "16KiB", "64KiB", "128KiB", "256KiB", "512KiB", "2MiB"};

ConfigValue scalar(std::string text, const Provenance& provenance) {
  ConfigValue v;
  v.text = std::move(text);
  v.provenance = provenance;
  return v;
}
std::string text_us(double us) { return format(Time{std::llround(us * 1e3)}); }

ConfigValue rows(const std::vector<std::pair<double, double>>& points, const Provenance& provenance) {
  ConfigValue table;
  table.is_list = true;
  table.provenance = provenance;
  for (const auto& [quantile, us] : points) {
    ConfigValue row;
    row.is_list = true;
    row.items = {scalar(fmt::format("{}", quantile), provenance), scalar(text_us(us), provenance)};
    row.items[0].provenance = row.items[1].provenance = {};
    table.items.push_back(std::move(row));
  }
  return table;
}

/// Quantiles of the service time of one I/O alone. Between median and p99 a point that makes the mean right.
ConfigValue service_table(const GridCell& alone, double link_us, const Provenance& provenance) {
  const auto less = [&](double us) { return std::max(0.1, us - link_us); };
  const double p50 = less(alone.p50_us), p99 = std::max(p50, less(alone.p99_us));
  const double p999 = std::max(p99, less(alone.p999_us)), first = 0.9 * p50;
  const double rest =
      (first + p50) / 2 * 0.5 + (p99 + p999) / 2 * 0.009 + p999 * 0.001 + p50 * 0.2 + p99 * 0.045;
  const double p90 = std::clamp((less(alone.clat_us) - rest) / (0.2 + 0.045), p50, p99);
  return rows({{0, first}, {0.5, p50}, {0.9, p90}, {0.99, p99}, {0.999, p999}}, provenance);
}

const GridCell* find(const std::vector<GridCell>& cells, int product) {
  const auto it =
      std::find_if(cells.begin(), cells.end(), [&](const GridCell& c) { return c.product() == product; });
  return it == cells.end() ? nullptr : &*it;
}

/// Builds the list; `dir_` names the parameters of a direction.
class Builder {
 public:
  Builder(const std::vector<GridCell>& shallow, const ConfigMap& known, const std::string& on)
      : shallow_(shallow), alone_(*find(shallow, 1)), fitted_(fitted(on)) {
    read_params(device_, known, "device");
    known_servers_ = std::any_of(known.entries.begin(), known.entries.end(),
                                 [](const auto& entry) { return entry.first == "servers"; });
    write_ = alone_.dir == Dir::write;
    dir_ = write_ ? "write" : "read";
    link_us_ = micros(device_.command_cost + alone_.block / device_.link_rate);
  }

  std::vector<Mechanism> all() {
    const bool arm = device_.turn > Time{0} || alone_.clat_us > kMechanicalUs;
    const double deepest_us = 1e6 / deepest().iops;
    const bool buffers = write_ && alone_.p50_us < 0.8 * deepest_us * device_.lanes;
    if (arm && !(buffers && alone_.p50_us < alone_.clat_us / 2)) {
      add_arm("access");
      add_arm("seek");
    } else if (!arm) {
      add_places();
      add_collected();
    }
    if (buffers) add_buffers(deepest_us);
    return std::move(list_);
  }

 private:
  const GridCell& deepest() const {
    return *std::max_element(shallow_.begin(), shallow_.end(),
                             [](const GridCell& a, const GridCell& b) { return a.product() < b.product(); });
  }
  void add(std::string name, std::vector<std::pair<std::string, ConfigValue>> params,
           std::vector<Mechanism::Free> free = {}, double handicap = 1) {
    ConfigMap map;
    map.entries = std::move(params);
    list_.push_back({std::move(name), std::move(map), std::move(free), handicap});
  }
  void add_places() {
    for (const int n :
         known_servers_ ? std::vector{device_.servers} : std::vector<int>(kServers.begin(), kServers.end()))
      if (n < device_.tags)
        add(fmt::format("{} places", n),
            {{dir_, service_table(alone_, link_us_, fitted_)},
             {"servers", scalar(std::to_string(n), fitted_)}},
            {}, n < kFewestDies ? kDoubt : 1);
    if (known_servers_ && device_.servers < device_.tags) return;
    add("a place for each command",
        {{dir_, service_table(alone_, link_us_, fitted_)}, {"servers", places()}});
  }
  void add_collected() {
    for (const int from : kCollectFrom)
      add(fmt::format("completions collected from {} outstanding on", from),
          {{dir_, service_table(alone_, link_us_, fitted_)},
           {"servers", places()},
           {"coalesce_from", scalar(std::to_string(from), fitted_)}},
          {{"coalesce_time", 80}});
  }
  /// Two outstanding serialise without a gap and without a choice: their rate is the positioning time.
  void add_arm(const char* order) {
    const GridCell* two = find(shallow_, 2);
    const double position = two ? 1e6 / two->iops : alone_.clat_us;
    const double turn = device_.turn > Time{0} ? micros(device_.turn) : 25e3 / 3;
    const double decoding = std::clamp(alone_.clat_us - position - link_us_, 50.0, 1000.0);
    const double seek = std::max(200.0, position - turn / 2);  // base + 8/15 (full - base)
    const std::string prefix = write_ ? "write_" : "";
    for (const double share : {0.5, 0.9}) {  // of what no nearness saves
      std::vector<std::pair<std::string, ConfigValue>> params{
          {dir_, value_of(Mechanism::Kind::table, decoding, fitted_)},
          {prefix + "order", scalar(order, fitted_)}};
      if (device_.turn == Time{0})
        params.emplace_back("turn", scalar(text_us(turn), assumed("7,200 turns per minute")));
      std::vector<Mechanism::Free> free{{prefix + "seek_base", share * seek},
                                        {prefix + "seek_full", share * seek + (1 - share) * seek * 15 / 8}};
      if (device_.turn == Time{0} || device_.miss == 0)
        free.push_back({"miss", 0.05, Mechanism::Kind::share});
      add(fmt::format("an arm, {} first", std::string(order) == "seek" ? "nearest" : "soonest"),
          std::move(params), std::move(free));
    }
  }
  /// A part of the writes replaces others, or none does.
  void add_buffers(double media_us) {
    const Mechanism::Free media{"write", media_us * device_.lanes, Mechanism::Kind::table};
    const ConfigValue ack =
        value_of(Mechanism::Kind::table, std::max(1.0, alone_.p50_us - link_us_), fitted_);
    for (const char* half : kHalves)
      add(fmt::format("a buffer of two times {}", half),
          {{"write_ack", ack}, {"write_buffer", scalar(half, fitted_)}}, {media});
    add("a full buffer, some writes replace others",
        {{"write_ack", ack}, {"write_buffer", scalar(kHalves.front(), fitted_)}},
        {media, {"rewritten", 0.1, Mechanism::Kind::share}});
  }
  /// At least as many as there are commands.
  ConfigValue places() const {
    return scalar(std::to_string(known_servers_ ? std::max(device_.servers, device_.tags) : device_.tags),
                  fitted_);
  }

  const std::vector<GridCell>& shallow_;
  const GridCell& alone_;
  Provenance fitted_;
  CalibratedParams device_;
  bool write_ = false, known_servers_ = false;
  std::string dir_;
  double link_us_ = 0;
  std::vector<Mechanism> list_;
};

}  // namespace

ConfigValue value_of(Mechanism::Kind kind, double value, const Provenance& provenance) {
  switch (kind) {
    case Mechanism::Kind::table:
      return rows({{0, value}}, provenance);
    case Mechanism::Kind::share:
      return scalar(fmt::format("{:.5f}", std::min(value, 0.99)), provenance);
    default:
      return scalar(text_us(value), provenance);
  }
}

std::vector<Mechanism> mechanisms_of(const std::vector<GridCell>& shallow, const ConfigMap& known,
                                     const std::string& on) {
  return Builder(shallow, known, on).all();
}

}  // namespace blkpath

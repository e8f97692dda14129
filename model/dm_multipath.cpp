#include <algorithm>
#include <array>
#include <cerrno>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {
enum class PathPolicy : std::uint8_t { multibus, failover };
enum class PathSelector : std::uint8_t { round_robin, queue_length };
enum class Failback : std::uint8_t { immediate, manual };
}  // namespace
template <>
struct EnumNames<PathPolicy> {
  static constexpr std::array<std::pair<std::string_view, PathPolicy>, 2> names{
      {{"multibus", PathPolicy::multibus}, {"failover", PathPolicy::failover}}};
};
template <>
struct EnumNames<PathSelector> {
  static constexpr std::array<std::pair<std::string_view, PathSelector>, 2> names{
      {{"round_robin", PathSelector::round_robin}, {"queue_length", PathSelector::queue_length}}};
};
template <>
struct EnumNames<Failback> {
  static constexpr std::array<std::pair<std::string_view, Failback>, 2> names{
      {{"immediate", Failback::immediate}, {"manual", Failback::manual}}};
};

namespace {

/// Device mapper's multipath target: the stages listed below it are paths to the same LUNs.
///
/// `multibus` uses all paths that work, in turn or the one with the fewest requests in flight; `failover`
/// uses one until it fails and then the first that works. A request that comes back with an error of its path
/// fails the path and goes down another one; an error of the device's own goes up. When no path works the
/// request fails with EIO. Every `polling_interval` a failed path is checked with a read of its first sector
/// and used again when that succeeds.
///
/// Leaves out: priorities that arrays report, groups of several paths, weighting by throughput
/// (`service-time`), queueing while no path works, checks of paths that are not known to have failed.
class DmMultipath final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::volume;
  struct Params {
    PathPolicy policy = PathPolicy::multibus;
    PathSelector selector = PathSelector::round_robin;
    int repeat = 1;
    Failback failback = Failback::manual;
    Time polling_interval = 5s;
    static auto fields() {
      return std::tuple{
          field("policy", &Params::policy, "paths used together, or one at a time", configured()),
          field("selector", &Params::selector, "how a path is chosen for the next request (multibus)",
                configured()),
          field("repeat", &Params::repeat, "requests on one path before the next one's turn (rr_min_io)",
                configured()),
          field("failback", &Params::failback,
                "immediate: back to an earlier path as soon as it works again (failover)",
                datasheet("multipath.conf(5): manual unless set otherwise")),
          field("polling_interval", &Params::polling_interval, "between two checks of a failed path",
                datasheet("multipath.conf(5): 5 s"))};
    }
    void check() const {
      if (repeat < 1) throw std::invalid_argument("repeat: at least 1, for example 100");
      if (polling_interval <= Time{0})
        throw std::invalid_argument("polling_interval: above 0ns, for example 5s");
    }
  };
  explicit DmMultipath(const Params& p) : p_(p) {}

  void start() override {
    paths_.resize(next().size());
    timer_ = sim().timer(*this);
  }
  void submit(Slot s) override {
    if (used_.size() < sim().slots()) used_.resize(sim().slots());
    used_[s] = {};
    send(s);
  }
  void submitted(Slot s, int level) override {
    if (std::exchange(used_[s].returned, true)) return;  // of another path, before
    sim().pass_submitted(s, level);
  }
  void complete(Slot s) override {
    Request& r = sim()[s];
    if (r.depth == 1) return checked(s);
    const std::size_t path = used_[s].path;
    --paths_[path].in_flight;
    if (r.error == 0 || !of_path(r.error)) return sim().up(s);
    fail(path);
    ++retries_;
    r.error = 0;
    send(s);
  }
  /// The checker's time has come.
  void on_event(Slot) override {
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      if (!paths_[i].failed) continue;
      const Slot check =
          sim().open(*this, Op::read, 0, static_cast<std::uint32_t>(kSectorSize.n), Request::kBackground);
      if (used_.size() < sim().slots()) used_.resize(sim().slots());
      used_[check] = {i, true};
      ++checks_;
      sim().down(check, below(i));
    }
  }
  Luns luns(std::span<const Luns> below) const override {  // what all paths lead to
    Luns all = below[0];
    for (const Luns& path : below) {
      if (path.count < all.count) all = {path.count, all.each, path.offerer};
      all.each = std::min(all.each, path.each);
    }
    return all;
  }
  std::vector<StatValue> stats() const override {
    return {{"path_failures", "failures", "of paths that worked", static_cast<double>(failures_)},
            {"retries", "requests", "that came back with a path's error", static_cast<double>(retries_)}};
  }

 private:
  struct Path {
    bool failed = false;
    std::int64_t in_flight = 0;
  };
  struct Use {
    std::size_t path = 0;
    bool returned = false;  ///< the submitting call has, once
  };

  /// The kernel's blk_path_error(): errors that another path would give, too, are the device's own.
  static bool of_path(int error) {
    return error != EOPNOTSUPP && error != ENOSPC && error != EREMOTEIO && error != ENODATA &&
           error != EILSEQ && error != EBADE;
  }
  void send(Slot s) {
    if (!choose()) {
      sim()[s].error = EIO;
      return sim().up(s);
    }
    used_[s].path = path_;
    ++paths_[path_].in_flight;
    sim().down(s, below(path_));
  }
  /// Makes `path_` the next request's. @return false when no path works
  bool choose() {
    const std::size_t n = paths_.size();
    if (p_.policy == PathPolicy::failover) return !paths_[path_].failed || move_on(0);
    if (p_.selector == PathSelector::queue_length) {
      std::size_t best = n;
      for (std::size_t i = 0; i < n; ++i)
        if (!paths_[i].failed && (best == n || paths_[i].in_flight < paths_[best].in_flight)) best = i;
      if (best == n) return false;
      path_ = best;
      return true;
    }
    if (turns_++ < p_.repeat && !paths_[path_].failed) return true;
    turns_ = 1;
    return move_on(path_ + 1);
  }
  /// To the first path that works, counting from `first`.
  bool move_on(std::size_t first) {
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      const std::size_t path = (first + i) % paths_.size();
      if (paths_[path].failed) continue;
      path_ = path;
      return true;
    }
    return false;
  }
  void fail(std::size_t path) {
    if (std::exchange(paths_[path].failed, true)) return;
    ++failures_;
    if (checks_ == 0 && !sim().pending(timer_)) sim().schedule(timer_, sim().now() + p_.polling_interval);
  }
  void checked(Slot s) {
    const std::size_t path = used_[s].path;
    if (sim()[s].error == 0) {
      paths_[path].failed = false;
      if (p_.failback == Failback::immediate && path < path_) path_ = path;
    }
    sim().close(s);
    const bool more = std::any_of(paths_.begin(), paths_.end(), [](const Path& p) { return p.failed; });
    if (--checks_ == 0 && more) sim().schedule(timer_, sim().now() + p_.polling_interval);
  }

  Params p_;
  std::vector<Path> paths_;
  std::vector<Use> used_;  ///< by slot
  std::size_t path_ = 0;
  int turns_ = 0;
  int checks_ = 0;  ///< on their way
  std::int64_t failures_ = 0, retries_ = 0;
  Slot timer_ = kNoSlot;
};

const Registered<DmMultipath> registered{"dm_multipath",
                                         "Device mapper multipath: paths used in turn, path failure."};

}  // namespace
}  // namespace blkpath

#include <algorithm>
#include <cerrno>

#include "hw/disk_geometry.hpp"
#include "hw/seek_curve.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {
enum class TagOrder : std::uint8_t { fcfs, look, sptf };
}
template <>
struct EnumNames<TagOrder> {
  static constexpr std::array<std::pair<std::string_view, TagOrder>, 3> names{
      {{"fcfs", TagOrder::fcfs}, {"look", TagOrder::look}, {"sptf", TagOrder::sptf}}};
};

namespace {

/// A disk drive with tagged command queueing and no write cache: zones, seek, settle, head switch, rotation
/// with its phase carried through time, skewed tracks, transfer at the media rate.
///
/// The arm follows a SeekCurve; writes settle longer.
/// A command that finds the drive idle pays `overhead` before the arm moves; one that waited in the queue was
/// decoded meanwhile. `sptf` picks the shortest time to the first sector, seek and rotation, `look` the
/// nearest cylinder in the direction of travel; a request older than `max_age` goes first.
/// It knows no discard: a trim fails with EOPNOTSUPP, in its turn and in no time.
/// Leaves out: cache segments, read-ahead and write-back, spares and slipped sectors, zero-latency access,
/// thermal recalibration.
class Disk final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::device;
  struct Params {
    double rpm = 15000;
    double rpm_tolerance = 0.1;
    int heads = 4;
    std::vector<DiskZone> zones{{2400, 625}, {2400, 600}, {2400, 575}, {2400, 545},
                                {2400, 510}, {2400, 475}, {2400, 435}};
    Time seek_next = 550us;
    Time seek_average = 3400us;
    Time seek_full = 6900us;
    Time write_settle = 500us;
    Time head_switch = 600us;
    Time overhead = 150us;
    TagOrder order = TagOrder::sptf;
    int tags = 64;
    Time max_age = 500ms;
    static auto fields() {
      return std::tuple{
          field("rpm", &Params::rpm, "turns per minute", datasheet("15K class: 15,000, 4.0 ms a turn")),
          field("rpm_tolerance", &Params::rpm_tolerance,
                "percent by which spindles differ from one another at most",
                assumed("a tenth per cent; so that no two disks keep in step")),
          field("heads", &Params::heads, "surfaces", assumed("18 GB of the 15K class: two platters")),
          field("zones", &Params::zones, "cylinders and sectors per track, from the outer edge on",
                assumed("18.2 GB, media rate 80 to 56 MB/s, of the 15K class of 2001")),
          field("seek_next", &Params::seek_next, "read seek to the next cylinder",
                measured("Cheetah 15K.5, DiskSim's seek curve: 0.5525 ms")),
          field("seek_average", &Params::seek_average, "read seek over a third of the stroke",
                datasheet("Ultrastar 36Z15, 18 GB: 3.4 ms")),
          field("seek_full", &Params::seek_full, "read seek over the full stroke",
                measured("Cheetah 15K.5, DiskSim's seek curve: 6.914 ms")),
          field("write_settle", &Params::write_settle, "what a write seek takes longer",
                datasheet("Ultrastar 15K450 specification, table 7: average seek 3.3 ms read, 3.8 ms write")),
          field("head_switch", &Params::head_switch,
                "to another surface of the same cylinder; sets the track skew",
                assumed("a little above a next-cylinder seek")),
          field("overhead", &Params::overhead, "decoding a command that finds the drive idle, and its status",
                assumed("15K class, 0.1 to 0.3 ms")),
          field("order", &Params::order, "which queued command is served next", configured()),
          field("tags", &Params::tags, "commands the drive can queue", assumed("SCSI drives of 2001")),
          field("max_age", &Params::max_age, "a command that has waited this long goes first",
                assumed("keeps the farthest from starving")),
      };
    }
    void check() const {
      if (rpm < 1000 || rpm > 30000) throw std::invalid_argument("rpm: 1000 to 30000, for example 15000");
      if (rpm_tolerance < 0 || rpm_tolerance > 5)
        throw std::invalid_argument("rpm_tolerance: 0 to 5, for example 0.1");
      if (heads < 1) throw std::invalid_argument("heads: at least 1");
      if (tags < 1) throw std::invalid_argument("tags: at least 1, for example 64");
      if (zones.empty()) throw std::invalid_argument("zones: at least one, for example [[2400, 625]]");
      for (const DiskZone& z : zones)
        if (z.cylinders < 1 || z.sectors_per_track < 1 ||
            z.cylinders * heads * z.sectors_per_track >= (1ll << 32))
          throw std::invalid_argument(
              "zones: a zone needs cylinders and sectors, and fewer than 2^32 sectors in all");
      if (!(seek_next <= seek_average && seek_average <= seek_full))
        throw std::invalid_argument("seek_next <= seek_average <= seek_full must hold");
    }
  };

  explicit Disk(const Params& p)
      : p_(p),
        geometry_(geometry(p.rpm)),
        seek_(p.seek_next, p.seek_average, p.seek_full, geometry_.cylinders()) {
    revolution_ = geometry_.revolution().count();
    tags_.reserve(static_cast<std::size_t>(p.tags));
  }

  void start() override {  // spindles are not synchronised, in phase or in speed
    Random random(sim().seed(), name());
    const double rpm = p_.rpm * (1 + p_.rpm_tolerance / 100 * (2 * random.uniform() - 1));
    geometry_ = geometry(rpm);
    revolution_ = geometry_.revolution().count();
    phase_ = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(revolution_)));
  }
  void submit(Slot s) override {
    if (serving_ == kNoSlot) {
      serve(entry(s), true);
      return;
    }
    sim().mark_queued(s);
    if (tags_.size() < static_cast<std::size_t>(p_.tags))
      tags_.push_back(entry(s));
    else
      waiting_.push(sim(), s);
  }
  void on_event(Slot s) override {
    arm_ = serving_end_;
    serving_ = kNoSlot;
    if (!tags_.empty()) {
      const std::size_t i = choose();
      const Entry e = tags_[i];
      tags_.erase(tags_.begin() + static_cast<std::ptrdiff_t>(i));
      if (!waiting_.empty()) tags_.push_back(entry(waiting_.pop(sim())));
      serve(e, false);
    }
    sim().up(s);
  }
  Luns luns(std::span<const Luns>) const override { return {1, Bytes{geometry_.sectors() * 512}, this}; }
  double max_iops(const LoadShape& load) const override {
    if (load.random && load.scattered && p_.order == TagOrder::fcfs) return 1 / scattered_time(load);
    // No arrangement of random requests beats a settle and the transfer at the outer edge for each. That is
    // the bound, not the estimate, of a drive that reorders: how well it does depends on how much it holds.
    std::int64_t outer = 0;
    for (const DiskZone& z : p_.zones) outer = std::max(outer, z.sectors_per_track);
    const double rpm = p_.rpm * (1 + p_.rpm_tolerance / 100);
    const double transfer = load.block_size / 512 / static_cast<double>(outer) * 60 / rpm;
    return 1 / (transfer + (load.random ? seconds(p_.seek_next) : 0));
  }
  std::vector<StatValue> stats() const override {
    const double n = std::max<double>(1, static_cast<double>(served_));
    return {
        {"seek", "us", "mean arm time of a request", static_cast<double>(seek_ns_) * 1e-3 / n},
        {"rotation", "us", "mean rotational wait of a request", static_cast<double>(rotation_ns_) * 1e-3 / n},
        {"transfer", "us", "mean media time of a request", static_cast<double>(transfer_ns_) * 1e-3 / n}};
  }

 private:
  struct Entry {
    Slot slot;
    std::uint32_t sectors;
    Instant arrived;
    DiskPosition at;
    bool write;
  };
  struct Access {
    std::int64_t seek, rotation;
  };

  DiskGeometry geometry(double rpm) const {
    return {p_.zones, p_.heads, from_seconds(60 / rpm), p_.head_switch,
            std::max(p_.head_switch, p_.seek_next + p_.write_settle)};
  }
  /// Of one request, in seconds: mean seek over the span that is used, half a turn and the transfer.
  double scattered_time(const LoadShape& load) const {
    const std::int64_t sectors = geometry_.sectors();
    const auto at = [&](double fraction) {
      return std::min(static_cast<std::int64_t>(fraction * static_cast<double>(sectors)), sectors - 1);
    };
    const std::int64_t first = at(load.span_begin);
    const std::int64_t last = std::max(first, at(load.span_begin + load.span) - 1);
    const DiskPosition middle = geometry_.locate((first + last) / 2);
    const auto track = static_cast<double>(p_.zones[static_cast<std::size_t>(middle.zone)].sectors_per_track);
    const std::int32_t cylinders = geometry_.locate(last).cylinder - geometry_.locate(first).cylinder + 1;
    const double turn = 60 / p_.rpm, same = 1.0 / cylinders;  // chance of staying on the cylinder
    const double arm = seek_.mean(cylinders) +
                       (1 - load.read_fraction) * (1 - same) * seconds(p_.write_settle) +
                       same * (1 - 1.0 / p_.heads) * seconds(p_.head_switch);
    return arm + turn / 2 + load.block_size / 512 / track * turn;
  }
  Entry entry(Slot s) {
    Request& r = sim()[s];
    if (r.op == Op::flush) return {s, 0, sim().now(), arm_, false};  // nothing is cached: nothing to do
    if (r.op == Op::trim) {
      r.error = EOPNOTSUPP;
      return {s, 0, sim().now(), arm_, false};
    }
    const std::int64_t first = r.offset / 512, count = (r.length + 511) / 512;
    if (first < 0 || first + count > geometry_.sectors())
      throw std::runtime_error(name() + ": I/O at " + std::to_string(r.offset) + ", beyond the disk's " +
                               std::to_string(geometry_.sectors() * 512) + " bytes");
    return {s, static_cast<std::uint32_t>(count), sim().now(), geometry_.locate(first), r.op == Op::write};
  }
  /// Arm and rotation if the command starts at `turn` (ns since the index mark passed).
  Access access(const Entry& e, std::int64_t turn) const {
    if (e.sectors == 0) return {0, 0};
    const std::int32_t distance = std::abs(e.at.cylinder - arm_.cylinder);
    std::int64_t seek = seek_.ns(distance);
    if (distance > 0)
      seek += e.write ? p_.write_settle.count() : 0;
    else if (e.at.head != arm_.head)
      seek = p_.head_switch.count();
    std::int64_t wait = e.at.angle - turn - seek;
    while (wait < 0) wait += revolution_;
    return {seek, wait};
  }
  std::int64_t turn_at(Instant t) const { return (t.time_since_epoch().count() + phase_) % revolution_; }

  void serve(const Entry& e, bool idle) {
    const Time overhead = idle ? p_.overhead : Time{0};
    const Access a = access(e, turn_at(sim().at(e.slot) + overhead));
    const Time transfer = geometry_.transfer(e.sectors > 0 ? e.at : arm_, e.sectors, &serving_end_);
    seek_ns_ += a.seek;
    rotation_ns_ += a.rotation;
    transfer_ns_ += transfer.count();
    ++served_;
    serving_ = e.slot;
    sim().hold(e.slot, Time{0}, overhead + Time{a.seek + a.rotation} + transfer);
  }
  std::size_t choose() {
    std::size_t best = 0;
    if (p_.order == TagOrder::fcfs) return best;
    const Instant now = sim().now();
    if (now - tags_.front().arrived > p_.max_age) return best;  // tags_ is in order of arrival
    if (p_.order == TagOrder::look) return choose_look();
    const std::int64_t turn = turn_at(now);
    std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < tags_.size(); ++i) {
      const Access a = access(tags_[i], turn);
      if (a.seek + a.rotation < shortest) {
        shortest = a.seek + a.rotation;
        best = i;
      }
    }
    return best;
  }
  std::size_t choose_look() {
    for (int turned = 0; turned < 2; ++turned, upward_ = !upward_) {
      std::size_t best = tags_.size();
      std::int32_t nearest = std::numeric_limits<std::int32_t>::max();
      for (std::size_t i = 0; i < tags_.size(); ++i) {
        const std::int32_t ahead =
            upward_ ? tags_[i].at.cylinder - arm_.cylinder : arm_.cylinder - tags_[i].at.cylinder;
        if (ahead >= 0 && ahead < nearest) {
          nearest = ahead;
          best = i;
        }
      }
      if (best < tags_.size()) return best;
    }
    return 0;
  }

  Params p_;
  DiskGeometry geometry_;
  SeekCurve seek_;
  std::int64_t revolution_, phase_ = 0;
  std::vector<Entry> tags_;
  SlotQueue waiting_;
  Slot serving_ = kNoSlot;
  DiskPosition arm_, serving_end_;
  bool upward_ = true;
  std::int64_t seek_ns_ = 0, rotation_ns_ = 0, transfer_ns_ = 0, served_ = 0;
};

const Registered<Disk> registered{"disk", "A disk drive: zones, seek curve, rotation, tagged queueing."};

}  // namespace
}  // namespace blkpath

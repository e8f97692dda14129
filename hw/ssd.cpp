#include <algorithm>
#include <cmath>
#include <optional>

#include "hw/ssd_buffer.hpp"
#include "hw/ssd_flash.hpp"
#include "hw/ssd_ftl.hpp"
#include "hw/ssd_link.hpp"
#include "hw/ssd_params.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// A flash drive on SATA or NVMe.
///
/// A command crosses the link and passes the firmware. A read then goes to the dies, one child request for
/// each page that it touches; what is in the buffer, or was never written, needs no die. A write waits for
/// room in the buffer, its data cross the link, and it is complete; what it covers of a mapping unit only in
/// part is read from the flash before. A flush waits for the flash, unless the buffer survives a power
/// failure; so does a write with FUA. A trim unmaps the units that it covers entirely.
///
/// `ssd_flash.hpp` has the dies and channels, `ssd_ftl.hpp` the map and garbage collection, `ssd_buffer.hpp`
/// the write buffer, `ssd_link.hpp` the link.
///
/// Leaves out: read cache and read-ahead, the map's own traffic, SLC caching, arbitration among NVMe queues,
/// errors and retries, wear, heat; and what `ssd_flash.hpp` and `ssd_ftl.hpp` leave out.
class Ssd final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::device;
  using Params = SsdParams;
  explicit Ssd(const Params& p) : p_(p), link_(p) {}

  void start() override {
    ftl_.emplace(p_);
    Random random(sim().seed(), name());
    precondition(*ftl_, p_.precondition, random);
    buffer_.emplace(*ftl_, static_cast<std::uint32_t>(p_.write_buffer / p_.mapping_unit));
    flash_.emplace(sim(), *this, p_, *ftl_, *buffer_);
  }
  void submit(Slot s) override {
    Request& r = sim()[s];
    r.phase = kArrival;
    if (sim().catch_up(s)) return;
    if (r.offset < 0 || r.offset + r.length > p_.capacity().n)
      throw std::runtime_error(name() + ": I/O at " + std::to_string(r.offset) + ", beyond the drive's " +
                               std::to_string(p_.capacity().n) + " bytes");
    if (inside_ < p_.commands()) return take(s);
    sim().mark_queued(s);
    outside_.push(sim(), s);
  }
  void on_event(Slot s) override {
    if (flash_->owns(s)) {
      flash_->on_timer(s);
      after_program();
    } else if (sim()[s].depth == 1) {  // a child of ours: nobody above has had it
      if (flash_->read_event(s)) after_read(s);
    } else {
      go_on(s);
    }
    busy_ = flash_->busy();
  }
  Luns luns(std::span<const Luns>) const override { return {1, p_.capacity(), this}; }
  double max_iops(const LoadShape& load) const override;
  std::vector<StatValue> stats() const override;

 private:
  enum Phase : std::uint8_t { kArrival, kCommand, kData, kDone };
  struct Units {
    SsdFtl::Unit first, end;
  };

  /// Of all units that a range touches.
  Units touched(const Request& r) const {
    const std::int64_t unit = p_.mapping_unit.n;
    return {static_cast<SsdFtl::Unit>(r.offset / unit),
            static_cast<SsdFtl::Unit>((r.offset + r.length + unit - 1) / unit)};
  }
  std::uint32_t count(Slot s) const {
    const Units u = touched(sim()[s]);
    return u.end - u.first;
  }

  void take(Slot s) {
    ++inside_;
    sim()[s].phase = kCommand;
    const Time wire = link_.command(), on_link = link_.wait_to_drive(sim().now(), wire);
    const Time busy = firmware_.wait(sim().now() + on_link + wire, p_.command_cost);
    sim().hold(s, on_link + busy, wire + p_.command_cost + p_.command_latency);
  }
  void go_on(Slot s) {
    switch (sim()[s].phase) {
      case kArrival:
        return submit(s);
      case kCommand:
        return execute(s);
      case kData:
        return store(s);
      default:
        return leave(s);
    }
  }
  void execute(Slot s) {
    const Request& r = sim()[s];
    if (r.op == Op::flush) return make_durable(s);
    if (r.op == Op::trim) discard(r);
    if (r.op == Op::read) fetch(s, touched(r));
    if (r.op == Op::write) fetch_rest(s);
    if (sim()[s].children == 0) data_in_controller(s);
  }

  // ---- reading ------------------------------------------------------------------------------------------
  bool on_die(SsdFtl::Unit place) const { return SsdFtl::in_flash(place) && !flash_->in_controller(place); }
  /// Reads of the pages in which the units are; units that follow one another in a page are read together.
  void fetch(Slot s, Units units) {
    fetched_ += units.end - units.first;
    for (SsdFtl::Unit u = units.first; u < units.end;) {
      const SsdFtl::Unit place = ftl_->where(u++);
      if (!on_die(place)) continue;
      std::uint32_t n = 1;
      for (; u < units.end && ftl_->page_of(ftl_->where(u)) == ftl_->page_of(place); ++u) ++n;
      from_flash_ += n;
      const Bytes bytes = p_.mapping_unit * n;
      flash_->read(sim().split(s, *this, Op::read, 0, static_cast<std::uint32_t>(bytes.n)), place);
    }
  }
  /// Of a write: the units at its ends that it covers in part.
  void fetch_rest(Slot s) {
    const Request& r = sim()[s];
    const std::int64_t unit = p_.mapping_unit.n;
    const Units u = touched(r);
    const bool head = r.offset % unit != 0, tail = (r.offset + r.length) % unit != 0;
    if (head && tail && u.end - u.first <= 2) return fetch(s, u);
    if (head) fetch(s, {u.first, u.first + 1});
    if (tail) fetch(s, {u.end - 1, u.end});
  }
  void after_read(Slot child) {
    const Slot s = sim().join(child);
    if (s != kNoSlot) data_in_controller(s);
  }
  void data_in_controller(Slot s) {
    if (sim()[s].op != Op::write) return respond(s);
    if (for_room_.empty() && buffer_->room(count(s))) return accept(s);
    sim().mark_queued(s);
    for_room_.push(sim(), s);
  }

  // ---- writing ------------------------------------------------------------------------------------------
  void accept(Slot s) {
    Request& r = sim()[s];
    r.phase = kData;
    buffer_->reserve(count(s));
    const Time wire = link_.write(r.length);
    sim().hold(s, link_.wait_to_drive(sim().now(), wire), wire);
  }
  void store(Slot s) {
    const Units units = touched(sim()[s]);
    for (SsdFtl::Unit u = units.first; u < units.end; ++u) buffer_->put(u);
    written_ += units.end - units.first;
    flash_->kick();
    let_in();  // what was in the buffer already took no room
    if ((sim()[s].flags & Request::kFua) != 0 && !p_.power_loss_protection) return make_durable(s);
    leave(s);
  }
  void discard(const Request& r) {
    const std::int64_t unit = p_.mapping_unit.n;
    const auto end = static_cast<SsdFtl::Unit>((r.offset + r.length) / unit);
    for (auto u = static_cast<SsdFtl::Unit>((r.offset + unit - 1) / unit); u < end; ++u) buffer_->discard(u);
  }
  /// Answers when what is in the buffer now survives a power failure. The one that waits is a child whose
  /// offset says for how much.
  void make_durable(Slot s) {
    if (p_.power_loss_protection || flash_->durable() == buffer_->tail()) return respond(s);
    const Slot child = sim().split(s, *this, Op::flush, static_cast<std::int64_t>(buffer_->tail()), 0);
    sim().mark_queued(child);
    flushes_.push(sim(), child);
    buffer_->flush();
    flash_->kick();
  }
  void let_in() {
    while (!for_room_.empty() && buffer_->room(count(for_room_.front()))) accept(for_room_.pop(sim()));
  }
  void after_program() {
    let_in();
    while (!flushes_.empty() &&
           flash_->durable() >= static_cast<std::uint64_t>(sim()[flushes_.front()].offset))
      respond(sim().join(flushes_.pop(sim())));
  }

  // ---- answering ----------------------------------------------------------------------------------------
  void respond(Slot s) {
    Request& r = sim()[s];
    r.phase = kDone;
    const Time wire = r.op == Op::read ? link_.read(r.length) : link_.completion();
    sim().hold(s, link_.wait_to_host(sim().now(), wire), wire);
  }
  void leave(Slot s) {
    --inside_;
    if (!outside_.empty()) take(outside_.pop(sim()));
    sim().up(s);
  }

  Params p_;
  SsdLink link_;
  FifoServer firmware_;
  std::optional<SsdFtl> ftl_;  // they exist from start() on
  std::optional<SsdBuffer> buffer_;
  std::optional<SsdFlash> flash_;
  std::int64_t inside_ = 0;  ///< commands that the drive has taken
  SlotQueue outside_, for_room_, flushes_;
  std::uint64_t written_ = 0, fetched_ = 0, from_flash_ = 0;  ///< units: by writes, by reads
};

double Ssd::max_iops(const LoadShape& load) const {
  const double reads = load.read_fraction, writes = 1 - reads;
  const auto length = static_cast<std::uint32_t>(load.block_size);
  const double to_host = reads * seconds(link_.read(length));
  const double to_drive = seconds(link_.command()) + writes * seconds(link_.write(length));
  const bool one_way = p_.interface == SsdInterface::sata;
  // A read that is no hit takes a page at least, and a write that is not overwritten in the buffer its part
  // of one, if nothing is collected: amplification of 1. Of an empty drive, reads may find nothing.
  const double page = static_cast<double>(p_.page_size.n) * p_.planes_per_die;
  const double read_share = p_.precondition == Precondition::none ? 0 : reads;
  const double moving =
      load.block_size / static_cast<double>(p_.channel_rate.per_second) * (read_share + writes);
  const double die = read_share * std::ceil(load.block_size / page) * seconds(p_.page_read) +
                     writes * load.block_size / page * seconds(p_.page_program) + moving;
  return 1 / std::max({one_way ? to_host + to_drive : std::max(to_host, to_drive), seconds(p_.command_cost),
                       moving / p_.channels, die / static_cast<double>(p_.dies())});
}

std::vector<StatValue> Ssd::stats() const {
  const SsdFtl::Counts& ftl = ftl_->counts();
  const SsdFlash::Counts& flash = flash_->counts();
  const auto ratio = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  const double page_units = static_cast<double>(p_.page_units()),
               unit = static_cast<double>(p_.mapping_unit.n);
  const double host = static_cast<double>(ftl.host_pages), gc = static_cast<double>(ftl.gc_pages);
  const double reads = static_cast<double>(flash.reads);
  return {{"write_amplification", "x", "bytes programmed for each byte written by the host",
           ratio((host + gc) * page_units, static_cast<double>(written_))},
          {"gc_pages", "%", "of the pages programmed, by the collector", 100 * ratio(gc, host + gc)},
          {"gc_rate", "MB/s", "data moved by the collector",
           ratio(static_cast<double>(ftl.gc_units) * unit * 1e-6, seconds(sim().now().time_since_epoch()))},
          {"erases", "", "blocks erased, those of a die's planes together", static_cast<double>(ftl.erases)},
          {"hits", "%", "of the mapping units read: in the controller's memory, or never written",
           100 * ratio(static_cast<double>(fetched_ - from_flash_), static_cast<double>(fetched_))},
          {"die_wait", "us", "mean wait of a page read for its die", ratio(micros(flash.die_wait), reads)},
          {"channel_wait", "us", "mean wait of a page read for its channel",
           ratio(micros(flash.channel_wait), reads)}};
}

const Registered<Ssd> registered{
    "ssd", "A flash drive on SATA or NVMe: channels, dies, mapping, garbage collection, buffer."};

}  // namespace
}  // namespace blkpath

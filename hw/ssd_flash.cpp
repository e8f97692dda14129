#include "hw/ssd_flash.hpp"

#include <algorithm>

namespace blkpath {

SsdFlash::SsdFlash(Sim& sim, const Stage& owner, const SsdParams& p, SsdFtl& ftl, SsdBuffer& buffer)
    : sim_(sim),
      ftl_(ftl),
      buffer_(buffer),
      read_(p.page_read),
      program_(p.page_program),
      erase_(p.block_erase),
      rate_(p.channel_rate),
      unit_(p.mapping_unit),
      page_(p.page_size * p.planes_per_die),
      copyback_(p.copyback),
      read_burst_(p.read_burst),
      first_timer_(sim.timer(owner)),
      dies_(static_cast<std::size_t>(p.dies())),
      channels_(static_cast<std::size_t>(p.channels)),
      idle_(dies_.size()) {
  for (std::size_t d = 1; d < dies_.size(); ++d) sim.timer(owner);  // in one go: their slots are consecutive
}

void SsdFlash::read(Slot s, SsdFtl::Unit place) {
  const std::uint32_t d = ftl_.die_of(place);
  sim_[s].target = static_cast<std::uint16_t>(d);
  sim_.mark_queued(s);
  if (dies_[d].work == Work::none) {
    --idle_;
    start_read(d, s);
  } else {
    sim_[s].phase = kWaits;
    dies_[d].reads.push(sim_, s);
  }
}

void SsdFlash::start_read(std::uint32_t d, Slot s) {
  dies_[d].work = Work::read;
  ++dies_[d].burst;
  sim_[s].phase = kArray;
  ++counts_.reads;
  counts_.die_wait += sim_.now() - sim_[s].born;
  busy_ += read_;
  sim_.hold(s, Time{0}, read_);
}

bool SsdFlash::read_event(Slot s) {
  Request& r = sim_[s];
  const std::uint32_t d = r.target;
  if (r.phase == kArray) {
    r.phase = kTransfer;
    const Time moving = Bytes{r.length} / rate_, wait = channel(d).wait(sim_.now(), moving);
    counts_.channel_wait += wait;
    busy_ += wait + moving;
    sim_.hold(s, wait, moving);
    return false;
  }
  next(d);
  return true;
}

void SsdFlash::kick() {
  for (std::size_t asked = 0; asked < dies_.size() && idle_ > 0 && buffer_.page_ready(); ++asked) {
    const std::uint32_t d = turn_;
    turn_ = d + 1 < dies_.size() ? d + 1 : 0;
    if (dies_[d].work != Work::none) continue;
    --idle_;
    next(d);
  }
}

void SsdFlash::next(std::uint32_t d) {
  Die& die = dies_[d];
  die.work = Work::none;
  die.programming = kNoPage;
  const bool read_waits = !die.reads.empty();
  if (!read_waits || die.burst >= read_burst_) {
    if ((!ftl_.gc_behind(d) && program(d)) || collect(d) || program(d)) {
      die.burst = 0;
      return;
    }
  }
  if (read_waits)
    start_read(d, die.reads.pop(sim_));
  else
    ++idle_;
}

bool SsdFlash::collect(std::uint32_t d) {
  if (!ftl_.gc_behind(d) && !ftl_.gc_idle(d) && !buffer_.page_ready()) return false;
  const SsdFtl::GcStep step = ftl_.gc_step(d);
  dies_[d].units = step.units;
  switch (step.kind) {
    case SsdFtl::GcStep::none:
      return false;
    case SsdFtl::GcStep::read:
      begin(d, Work::gc_read, read_);
      break;
    case SsdFtl::GcStep::program:
      dies_[d].programming = ftl_.page_of(step.place);
      begin(d, Work::gc_program, (copyback_ ? Time{0} : transfer(d, page_)) + program_);
      break;
    case SsdFtl::GcStep::erase:
      begin(d, Work::erase, erase_);
      break;
  }
  return true;
}

bool SsdFlash::program(std::uint32_t d) {
  if (!buffer_.page_ready() || !ftl_.can_write(d)) return false;
  Die& die = dies_[d];
  die.position = buffer_.head();
  const std::span<const SsdFtl::Unit> units = buffer_.take();
  die.units = static_cast<std::uint32_t>(units.size());
  die.programming = ftl_.page_of(ftl_.write(d, units));
  begin(d, Work::host_program, transfer(d, page_) + program_);
  return true;
}

void SsdFlash::begin(std::uint32_t d, Work work, Time time) {
  dies_[d].work = work;
  busy_ += time;
  sim_.schedule(first_timer_ + d, sim_.now() + time);
}

Time SsdFlash::transfer(std::uint32_t d, Bytes bytes) {
  const Time moving = bytes / rate_;
  return channel(d).wait(sim_.now(), moving) + moving;
}

void SsdFlash::on_timer(Slot timer) {
  const std::uint32_t d = timer - first_timer_;
  const Die& die = dies_[d];
  if (die.work == Work::gc_read && !copyback_)
    return begin(d, Work::gc_transfer, transfer(d, unit_ * die.units));
  if (die.work == Work::host_program) buffer_.release(die.units);
  next(d);
}

std::uint64_t SsdFlash::durable() const {
  std::uint64_t all = buffer_.head();
  for (const Die& die : dies_)
    if (die.work == Work::host_program) all = std::min(all, die.position);
  return all;
}

}  // namespace blkpath

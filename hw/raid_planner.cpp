#include "hw/raid_planner.hpp"

namespace blkpath {

RaidPlanner::RaidPlanner(const RaidLayout& layout, const RaidMembers& members, ParityWrite parity,
                         MirrorRead mirror, const std::vector<std::int32_t>& in_flight)
    : layout_(layout),
      members_(members),
      parity_(parity),
      mirror_(mirror),
      in_flight_(in_flight),
      turn_(static_cast<std::size_t>(layout.columns())) {}

// ---- reading ----------------------------------------------------------------------------------------------

void RaidPlanner::read(std::int64_t offset, std::int64_t length, DiskPlan& plan) {
  if (layout_.level() == RaidLevel::raid1) return read_copy(0, offset, offset + length, plan);
  layout_.for_stripes(offset, length, [&](const StripeExtent& e) {
    if (layout_.parities() > 0) return read_stripe(e, plan);
    const std::int64_t row = e.stripe * layout_.chunk();
    layout_.for_columns(e, [&](std::int64_t column, std::int64_t begin, std::int64_t end) {
      if (layout_.copies() > 1)
        read_copy(column, row + begin, row + end, plan);
      else
        add(plan, layout_.data(e.stripe, column), Op::read, row + begin, row + end);
    });
  });
}

void RaidPlanner::read_copy(std::int64_t column, std::int64_t begin, std::int64_t end, DiskPlan& plan) {
  const std::int64_t copy =
      mirror_ == MirrorRead::in_turn ? copy_in_turn(column, end) : least_busy_copy(column, end);
  add(plan, column * layout_.copies() + copy, Op::read, begin, end);
}

std::int64_t RaidPlanner::copy_in_turn(std::int64_t column, std::int64_t end) {
  const std::int64_t copies = layout_.copies();
  std::int64_t& turn = turn_[static_cast<std::size_t>(column)];
  std::int64_t copy = turn;
  while (!members_.present(column * copies + copy, end)) copy = copy + 1 < copies ? copy + 1 : 0;
  turn = copy + 1 < copies ? copy + 1 : 0;
  return copy;
}

std::int64_t RaidPlanner::least_busy_copy(std::int64_t column, std::int64_t end) const {
  const std::int64_t copies = layout_.copies();
  std::int64_t best = RaidMembers::kNone;
  const auto busy = [&](std::int64_t copy) { return in_flight_[members_.disk(column * copies + copy)]; };
  for (std::int64_t copy = 0; copy < copies; ++copy)
    if (members_.present(column * copies + copy, end) &&
        (best == RaidMembers::kNone || busy(copy) < busy(best)))
      best = copy;
  return best;
}

void RaidPlanner::read_stripe(const StripeExtent& e, DiskPlan& plan) const {
  const std::int64_t row = e.stripe * layout_.chunk();
  std::int64_t low = layout_.chunk(), high = 0;  // rows of which something is gone
  if (!members_.healthy())
    layout_.for_columns(e, [&](std::int64_t column, std::int64_t begin, std::int64_t end) {
      if (present(layout_.data(e.stripe, column), e.stripe)) return;
      low = std::min(low, begin);
      high = std::max(high, end);
    });
  if (low >= high) {
    layout_.for_columns(e, [&](std::int64_t column, std::int64_t begin, std::int64_t end) {
      add(plan, layout_.data(e.stripe, column), Op::read, row + begin, row + end);
    });
    return;
  }
  std::int64_t wanted = layout_.columns();
  const auto one = [&](std::int64_t member, std::int64_t begin, std::int64_t end) {
    if (wanted == 0 || !present(member, e.stripe)) return;
    --wanted;
    add(plan, member, Op::read, row + std::min(begin, low), row + std::max(end, high));
  };
  for (std::int64_t column = 0; column < layout_.columns(); ++column) {
    const std::int64_t first = column * layout_.chunk();
    const std::int64_t begin = std::max(e.begin - first, std::int64_t{0});
    const std::int64_t end = std::min(e.end - first, layout_.chunk());
    one(layout_.data(e.stripe, column), begin < end ? begin : low, begin < end ? end : high);
  }
  for (int k = 0; k < layout_.parities(); ++k) one(layout_.parity(e.stripe, k), low, high);
}

bool RaidPlanner::read_instead(const FailedReads& failed, std::int64_t begin, std::int64_t end,
                               DiskPlan& plan) const {
  const std::int64_t copies = layout_.copies();
  const bool mirrored = copies > 1;
  const std::int64_t first = mirrored ? failed.member[0] / copies * copies : 0;
  const std::int64_t last = mirrored ? first + copies : layout_.members();
  std::int64_t wanted = mirrored ? 1 : layout_.columns();
  const std::size_t before = plan.size();
  for (std::int64_t m = first; m < last && wanted > 0; ++m) {
    if (failed.has(m) || !members_.present(m, end)) continue;
    --wanted;
    add(plan, m, Op::read, begin, end);
  }
  if (wanted > 0) plan.resize(before);
  return wanted == 0;
}

// ---- writing ----------------------------------------------------------------------------------------------

void RaidPlanner::write(Op op, std::int64_t offset, std::int64_t length, DiskPlan& plan) const {
  const std::int64_t copies = layout_.copies();
  const auto column_write = [&](std::int64_t column, std::int64_t begin, std::int64_t end) {
    for (std::int64_t m = column * copies; m < (column + 1) * copies; ++m)
      if (members_.present(m, end)) add(plan, m, op, begin, end);
  };
  if (layout_.level() == RaidLevel::raid1) return column_write(0, offset, offset + length);
  layout_.for_stripes(offset, length, [&](const StripeExtent& e) {
    const std::int64_t row = e.stripe * layout_.chunk();
    layout_.for_columns(e, [&](std::int64_t column, std::int64_t begin, std::int64_t end) {
      column_write(column, row + begin, row + end);
    });
  });
}

/// The first column is written from `head` on, the last one up to `tail`, those between entirely.
RaidPlanner::Bands RaidPlanner::bands_of(const StripeExtent& e) const {
  const std::int64_t chunk = layout_.chunk();
  const std::int64_t first = e.begin / chunk, head = e.begin - first * chunk;
  const std::int64_t last = (e.end - 1) / chunk, tail = e.end - last * chunk;
  Bands bands;
  if (first == last) {
    bands.add(head, tail, first, first);
  } else {
    const bool overlap = head < tail;  // some rows are written in both
    const std::int64_t low = std::min(head, tail), high = std::max(head, tail);
    bands.add(0, low, first + 1, last);
    bands.add(low, high, overlap ? first : first + 1, overlap ? last : last - 1);
    bands.add(high, chunk, first, last - 1);
  }
  return bands;
}

void RaidPlanner::choose_ways(const StripeExtent& e, Way wanted, Bands& bands) const {
  const std::int64_t columns = layout_.columns();
  bool parity = false;
  for (int k = 0; k < layout_.parities(); ++k)
    parity = parity || present(layout_.parity(e.stripe, k), e.stripe);
  for (std::size_t i = 0; i < bands.count; ++i) {
    const Band& band = bands.band[i];
    bool written_gone = false, kept_gone = false;
    if (!members_.healthy())
      for (std::int64_t column = 0; column < columns; ++column)
        if (!present(layout_.data(e.stripe, column), e.stripe))
          (band.touches(column) ? written_gone : kept_gone) = true;
    bands.way[i] = !parity || band.last - band.first + 1 == columns ? Way::nothing
                   : written_gone && kept_gone                      ? Way::everything
                   : written_gone                                   ? Way::reconstruct
                   : kept_gone                                      ? Way::rmw
                                                                    : wanted;
  }
}

/// Calls f(begin, end) for each run of rows that `needs(band)` says.
template <class Needs, class F>
void RaidPlanner::for_runs(const Bands& bands, const Needs& needs, const F& f) const {
  std::int64_t begin = 0, end = 0;
  for (std::size_t i = 0; i < bands.count; ++i) {
    if (!needs(i)) continue;
    const Band& band = bands.band[i];
    if (end != band.begin || begin == end) {
      if (begin < end) f(begin, end);
      begin = band.begin;
    }
    end = band.end;
  }
  if (begin < end) f(begin, end);
}

/// Calls f(member, begin, end) for each disk I/O by which the bands are read.
template <class F>
void RaidPlanner::for_reads(const StripeExtent& e, const Bands& bands, const F& f) const {
  for (std::int64_t column = 0; column < layout_.columns(); ++column) {
    const std::int64_t member = layout_.data(e.stripe, column);
    if (!present(member, e.stripe)) continue;
    for_runs(
        bands,
        [&](std::size_t i) {
          const Way way = bands.way[i];
          return way == Way::everything || (way == Way::rmw && bands.band[i].touches(column)) ||
                 (way == Way::reconstruct && !bands.band[i].touches(column));
        },
        [&](std::int64_t begin, std::int64_t end) { f(member, begin, end); });
  }
  for (int k = 0; k < layout_.parities(); ++k) {
    const std::int64_t member = layout_.parity(e.stripe, k);
    if (!present(member, e.stripe)) continue;
    for_runs(
        bands, [&](std::size_t i) { return bands.way[i] == Way::rmw || bands.way[i] == Way::everything; },
        [&](std::int64_t begin, std::int64_t end) { f(member, begin, end); });
  }
}

RaidPlanner::StripeWrite RaidPlanner::read_before(const StripeExtent& e, DiskPlan& plan) const {
  if (e.end - e.begin == layout_.stripe_bytes()) return StripeWrite::full;
  Bands bands = bands_of(e);
  Way wanted = parity_ == ParityWrite::rmw ? Way::rmw : Way::reconstruct;
  if (parity_ == ParityWrite::automatic) {
    std::array<int, 2> reads{};
    for (const Way way : {Way::reconstruct, Way::rmw}) {
      choose_ways(e, way, bands);
      for_reads(e, bands,
                [&](std::int64_t, std::int64_t, std::int64_t) { ++reads[way == Way::rmw ? 1 : 0]; });
    }
    wanted = reads[1] < reads[0] ? Way::rmw : Way::reconstruct;
  }
  choose_ways(e, wanted, bands);
  const std::int64_t row = e.stripe * layout_.chunk();
  const std::size_t before = plan.size();
  for_reads(e, bands, [&](std::int64_t member, std::int64_t begin, std::int64_t end) {
    add(plan, member, Op::read, row + begin, row + end);
  });
  return plan.size() == before      ? StripeWrite::full
         : bands.way[0] == Way::rmw ? StripeWrite::rmw
                                    : StripeWrite::reconstruct;
}

void RaidPlanner::write_stripe(const StripeExtent& e, DiskPlan& plan) const {
  const std::int64_t row = e.stripe * layout_.chunk();
  layout_.for_columns(e, [&](std::int64_t column, std::int64_t begin, std::int64_t end) {
    const std::int64_t member = layout_.data(e.stripe, column);
    if (present(member, e.stripe)) add(plan, member, Op::write, row + begin, row + end);
  });
  const Bands bands = bands_of(e);
  for (int k = 0; k < layout_.parities(); ++k) {
    const std::int64_t member = layout_.parity(e.stripe, k);
    if (!present(member, e.stripe)) continue;
    for_runs(
        bands, [](std::size_t) { return true; },
        [&](std::int64_t begin, std::int64_t end) { add(plan, member, Op::write, row + begin, row + end); });
  }
}

}  // namespace blkpath

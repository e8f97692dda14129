/// Which of the stages below a link a request is for.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "model/core/sim.hpp"

namespace blkpath {

/// What a link offers: the LUNs of the one stage below it; or, of several, each one's only LUN.
/// @throws std::invalid_argument  when one of several offers more than one
inline Luns fanned_out(const Stage& link, std::span<const Luns> below) {
  if (below.size() == 1) return below.front();
  Luns all{static_cast<std::int64_t>(below.size()), Luns::kUnlimited, &link};
  for (const Luns& one : below) {
    if (one.count != 1)
      throw std::invalid_argument("with several stages below, each is one LUN, but '" + one.offerer->name() +
                                  "' offers " + std::to_string(one.count) +
                                  "; give it a link of its own, for example 'to: " + one.offerer->name() +
                                  "'");
    all.each = std::min(all.each, one.each);
  }
  return all;
}

/// Index of the stage below that has LUN `target`.
/// @throws std::runtime_error  when there are several and none is that one
inline std::size_t way_to(const Stage& link, std::uint16_t target) {
  if (link.next().size() == 1) return 0;
  if (target >= link.next().size())
    throw std::runtime_error(link.name() + ": a request for LUN " + std::to_string(target) + " of " +
                             std::to_string(link.next().size()));
  return target;
}

/// The request goes on from the link: to the stage below that has its LUN, or up.
inline void pass_on(Sim& sim, const Stage& link, Slot s, bool down) {
  if (down)
    sim.down(s, link.next()[way_to(link, sim[s].target)]);
  else
    sim.up(s);
}

}  // namespace blkpath

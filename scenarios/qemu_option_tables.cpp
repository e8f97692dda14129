// Names from QEMU 8: blockdev.c (qemu_common_drive_opts, qemu_legacy_drive_opts), qapi/block-core.json
// (BlockdevOptions*), include/hw/block/block.h, hw/block/virtio-blk.c, hw/ide/ide-dev.c, qapi/qom.json
// (IothreadProperties), qemu-options.hx; and those of 2008 that have gone since (boot, addr, cyls, ...).
#include <algorithm>

#include "scenarios/qemu_options.hpp"

namespace blkpath {
namespace {
std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    all.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}
}  // namespace

const OptionTable kDriveOptions{
    .used = words("file if cache aio format driver id node-name snapshot read-only readonly media boot "
                  "cache.direct cache.no-flush cache.writeback filename"),
    .harmless = words("index bus unit serial addr cyls heads secs trans werror rerror retry_interval "
                      "retry_timeout discard detect-zeroes stats-account-invalid stats-account-failed "
                      "stats-intervals.* auto-read-only force-share locking lazy-refcounts "
                      "overlap-check overlap-check.* pass-discard-request pass-discard-snapshot "
                      "pass-discard-other"),
    .not_modelled =
        words("throttling.* bps bps_rd bps_wr bps_max bps_rd_max bps_wr_max bps_max_length "
              "bps_rd_max_length bps_wr_max_length iops iops_rd iops_wr iops_max iops_rd_max "
              "iops_wr_max iops_max_length iops_rd_max_length iops_wr_max_length iops_size group "
              "copy-on-read=off backing backing.* offset size cache-size l2-cache-size "
              "l2-cache-entry-size refcount-cache-size cache-clean-interval encrypt.* key-secret")};

const OptionTable kNodeOptions{
    .used = words("driver node-name filename file aio cache.direct cache.no-flush read-only"),
    .harmless = words("auto-read-only force-share discard detect-zeroes locking pr-manager drop-cache "
                      "x-check-cache-dropped pass-discard-request pass-discard-snapshot pass-discard-other "
                      "lazy-refcounts overlap-check overlap-check.* discard-no-unref"),
    .not_modelled =
        words("offset size throttle-group aio-max-batch=0 backing backing.* cache-size "
              "l2-cache-size l2-cache-entry-size refcount-cache-size cache-clean-interval encrypt.* "
              "key-secret data-file data-file.*")};

const OptionTable kVirtioBlkOptions{
    .used = words("driver drive id write-cache iothread num-queues queue-size"),
    .harmless =
        words("bootindex serial logical_block_size physical_block_size min_io_size opt_io_size "
              "discard_granularity share-rw rerror werror account-invalid account-failed "
              "stats-intervals.* cyls heads secs bus addr multifunction rombar romfile romsize acpi-index "
              "devno config-wce scsi seg-max-adjust discard write-zeroes secure-erase "
              "max-discard-sectors max-write-zeroes-sectors report-discard-granularity disable-legacy "
              "disable-modern iommu_platform ats class migrate-extra modern-pio-notify any_layout "
              "notify_on_empty queue_reset use-started use-disabled-flag aer loadparm"),
    .not_modelled =
        words("ioeventfd=on event_idx=on indirect_desc=on packed=off in_order=off "
              "request-merging=on page-per-vq=off vectors iothread-vq-mapping iothread-vq-mapping.*")};

const OptionTable kIdeOptions{
    .used = words("driver drive id write-cache bus"),
    .harmless = words("unit bootindex serial model ver wwn rotation_rate logical_block_size "
                      "physical_block_size min_io_size opt_io_size discard_granularity share-rw rerror "
                      "werror account-invalid account-failed stats-intervals.* cyls heads secs "
                      "bios-chs-trans win2k-install-hack"),
    .not_modelled = {}};

// The values on the right are QEMU's defaults.
const OptionTable kIothreadOptions{
    .used = words("qom-type id"),
    .harmless = {},
    .not_modelled = words("poll-max-ns=32768 poll-grow=0 poll-shrink=0 poll-weight aio-max-batch=0 "
                          "thread-pool-min=0 thread-pool-max=64")};

namespace {
const std::vector<std::string_view> kWithArgument = words(
    "drive blockdev device object accel acpitable action add-fd append audio audiodev "
    "balloon bios boot bt cdrom chardev chroot clock compat cpu d D debugcon dfilter "
    "display dtb dump-vmstate echr fda fdb fsdev fw_cfg g gdb global hda hdb hdc hdd "
    "icount incoming initrd iscsi k kernel L loadvm m M machine mem-path mon monitor msg "
    "mtdblock name net netdev nic numa overcommit parallel pflash pidfile plugin prom-env "
    "qmp qmp-pretty readconfig rtc run-with runas sandbox sd seed semihosting-config "
    "serial set smbios smp soundhw spice startdate tb-size tpmdev trace usbdevice uuid "
    "vga virtfs virtioserial vmcoreinfo vnc watchdog watchdog-action writeconfig "
    "xen-domid");
const std::vector<std::string_view> kFlags = words(
    "snapshot enable-kvm nographic nodefaults no-user-config daemonize S s h help version "
    "usb no-acpi no-hpet no-reboot no-shutdown no-kvm no-kvm-irqchip no-kvm-pit "
    "no-fd-bootchk no-frame no-quit full-screen sdl curses alt-grab ctrl-grab localtime "
    "mem-prealloc mlock nodefconfig only-migratable preconfig portrait rtc-td-hack "
    "semihosting singlestep std-vga tdf win2k-hack xen-attach enable-fips async-teardown "
    "one-insn-per-tb");

bool has(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
}  // namespace

Arity qemu_option_arity(std::string_view name) {
  return has(kWithArgument, name) ? Arity::argument : has(kFlags, name) ? Arity::flag : Arity::unknown;
}

std::string suggest_qemu_option(std::string_view name) {
  std::vector<std::string> all;
  for (const auto* list : {&kWithArgument, &kFlags})
    for (const std::string_view known : *list) all.push_back("-" + std::string(known));
  return did_you_mean("-" + std::string(name), all);
}

}  // namespace blkpath

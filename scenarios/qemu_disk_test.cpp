#include "scenarios/qemu_disk.hpp"

#include <gmock/gmock.h>

#include "traces/test/error_of.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Place kPlace{};

DiskConfig read(std::string_view line, std::string_view which = "") {
  return parse_qemu_line(line, kPlace, {.which = which});
}

std::string refusal_of(std::string_view line, std::string_view which = "") {
  return error_of([&] { read(line, which); });
}

// The command line of the 2008 measurements, its missing backslash included.
constexpr std::string_view kLineOf2008 = R"( -m 1024 \
 -drive file=/images/npt2-guest-virtio.qcow2,if=ide,boot=on,snapshot=off \
 -drive file=/dev/mapper/volumes-fibre,if=virtio,cache=off \
 -drive file=/dev/mapper/volumes-npt2--dom1,if=virtio,cache=off
 -net nic,macaddr=00:FF:FF:00:00:01,model=rtl8139 -net tap -vnc :123 \
 -monitor stdio)";

TEST(QemuLine, DriveOptionsBecomeAPlainDisk) {
  const DiskConfig disk = read("-drive file=/dev/mapper/volumes-fibre,if=virtio,cache=off,aio=native");
  EXPECT_EQ(disk.file, "/dev/mapper/volumes-fibre");
  EXPECT_EQ(disk.bus, Bus::virtio_blk);
  EXPECT_EQ(disk.aio, Aio::native);
  EXPECT_EQ(cache_mode(disk.cache), CacheMode::none);
  EXPECT_EQ(disk.format, "raw");
  EXPECT_EQ(disk.num_queues, 1);
  EXPECT_EQ(disk.queue_size, 256);
  EXPECT_FALSE(disk.iothread || disk.snapshot || disk.read_only);
  EXPECT_THAT(disk.not_modelled, IsEmpty());
}

TEST(QemuLine, DefaultsAreThoseOfQemuOnX86) {
  const DiskConfig disk = read("-drive file=/dev/sdb");
  EXPECT_EQ(disk.bus, Bus::ide);
  EXPECT_EQ(disk.aio, Aio::threads);
  EXPECT_EQ(cache_mode(disk.cache), CacheMode::writeback);
}

TEST(QemuLine, TheLineOf2008NeedsToBeToldWhichDisk) {
  EXPECT_THAT(refusal_of(kLineOf2008),
              AllOf(HasSubstr("3 disks"), HasSubstr("'/images/npt2-guest-virtio.qcow2'"),
                    HasSubstr("'/dev/mapper/volumes-fibre'"), HasSubstr("--disk")));
  const DiskConfig disk = read(kLineOf2008, "/dev/mapper/volumes-fibre");
  EXPECT_EQ(disk.file, "/dev/mapper/volumes-fibre");
  EXPECT_TRUE(disk.cache.o_direct);
  EXPECT_EQ(disk.others.size(), 2u);
}

TEST(QemuLine, BootAndSnapshotDisksAreSetAsideWhenOneOtherIsLeft) {
  const DiskConfig disk = read(
      "-drive file=/images/boot.qcow2,if=ide,boot=on -drive file=/images/tmp.qcow2,snapshot=on "
      "-drive file=/dev/sdb,if=virtio,id=data");
  EXPECT_EQ(disk.id, "data");
  EXPECT_THAT(disk.others, ElementsAre("/images/boot.qcow2", "/images/tmp.qcow2"));
}

TEST(QemuLine, ALoneBootDiskIsTheDisk) {
  EXPECT_EQ(read("-drive file=/dev/sda,if=virtio,boot=on").file, "/dev/sda");
}

TEST(QemuLine, CdromsFirmwareAndOtherDevicesAreNoDisks) {
  const DiskConfig disk = read(
      "qemu-system-x86_64 -machine pc -enable-kvm -cdrom a.iso -drive file=b.iso,media=cdrom "
      "-drive if=pflash,file=OVMF.fd -device virtio-net-pci,netdev=n0 -netdev user,id=n0 "
      "-object memory-backend-ram,id=m0,size=1G -drive file=/dev/sdb,if=virtio");
  EXPECT_EQ(disk.file, "/dev/sdb");
  EXPECT_THAT(disk.others, IsEmpty());
}

TEST(QemuLine, BlockdevWithNestedFileAndDevice) {
  const DiskConfig disk = read(R"(-object iothread,id=io1 \
    -blockdev driver=raw,node-name=d0,cache.direct=on,cache.no-flush=off,file.driver=host_device,file.filename=/dev/sdb,file.aio=native \
    -device virtio-blk-pci,drive=d0,write-cache=on,iothread=io1,queue-size=512,num-queues=4)");
  EXPECT_EQ(disk.id, "d0");
  EXPECT_EQ(disk.file, "/dev/sdb");
  EXPECT_EQ(disk.aio, Aio::native);
  EXPECT_EQ(disk.cache, cache_flags(CacheMode::none));
  EXPECT_TRUE(disk.iothread);
  EXPECT_EQ(disk.queue_size, 512);
  EXPECT_EQ(disk.num_queues, 4);
}

TEST(QemuLine, JsonSaysTheSameAsDottedNames) {
  const DiskConfig disk = read(
      R"(-blockdev '{"driver":"raw","node-name":"d0","read-only":true,"cache":{"direct":true,"no-flush":false},)"
      R"("file":{"driver":"host_device","filename":"/dev/sdb","aio":"io_uring"}}' )"
      R"(-device '{"driver":"virtio-blk-pci","drive":"d0","write-cache":"off","num-queues":2}')");
  EXPECT_EQ(disk.file, "/dev/sdb");
  EXPECT_EQ(disk.aio, Aio::io_uring);
  EXPECT_EQ(cache_mode(disk.cache), CacheMode::directsync);
  EXPECT_TRUE(disk.read_only);
  EXPECT_EQ(disk.num_queues, 2);
}

TEST(QemuLine, AReferencedNodeDoesNotInheritCacheOptions) {
  constexpr std::string_view kFormat =
      "-blockdev raw,node-name=d0,cache.direct=on,file=f0 -device virtio-blk,drive=d0 ";
  EXPECT_FALSE(read(std::string(kFormat) + "-blockdev file,node-name=f0,filename=/a.img").cache.o_direct);
  EXPECT_TRUE(read(std::string(kFormat) + "-blockdev file,node-name=f0,filename=/a.img,cache.direct=on")
                  .cache.o_direct);
}

TEST(QemuLine, DriveIfNoneTakesItsBusFromTheDevice) {
  EXPECT_EQ(read("-drive file=/dev/sdb,if=none,id=d0 -device ide-hd,drive=d0,bus=ide.0").bus, Bus::ide);
  EXPECT_THAT(refusal_of("-drive file=/dev/sdb,if=none,id=d0"),
              HasSubstr("add '-device virtio-blk-pci,drive=d0'"));
  EXPECT_THAT(refusal_of("-blockdev file,node-name=d0,filename=/a"), HasSubstr("no -device gives 'd0'"));
}

TEST(QemuLine, WriteCacheOfTheDeviceOverridesTheMode) {
  const std::string drive = "-drive file=/dev/sdb,if=none,id=d0,cache=none -device virtio-blk-pci,drive=d0";
  EXPECT_EQ(cache_mode(read(drive + ",write-cache=off").cache), CacheMode::directsync);
  EXPECT_EQ(cache_mode(read(drive + ",write-cache=auto").cache), CacheMode::none);
}

TEST(QemuLine, CacheSwitchesOverrideTheMode) {
  const DiskConfig disk = read("-drive file=/dev/sdb,if=virtio,cache=none,cache.no-flush=on");
  EXPECT_EQ(disk.cache, (CacheFlags{true, true, false}));
  EXPECT_EQ(format(disk.cache), "direct=on,writeback=on,no-flush=on");
}

TEST(QemuLine, DashesMayBeMissingAndQuotesStandAsInAShell) {
  EXPECT_EQ(read("file=/dev/sdb,if=virtio").file, "/dev/sdb");
  EXPECT_EQ(read("drive file=/dev/sdb,if=virtio").file, "/dev/sdb");
  EXPECT_EQ(read("--drive 'file=/my images/a b.img,if=virtio'").file, "/my images/a b.img");
  EXPECT_EQ(read("-drive \"file=/say \\\"hi\\\",if=virtio\"").file, "/say \"hi\"");
  EXPECT_EQ(read("-drive file=/a\\ b,if=virtio").file, "/a b");
  EXPECT_EQ(read("-drive file=/dev/sdb,\\\nif=virtio").bus, Bus::virtio_blk);
  EXPECT_THAT(refusal_of("-drive 'file=/dev/sdb"), HasSubstr("never closed"));
}

TEST(QemuLine, ADoubledCommaIsAComma) {
  EXPECT_EQ(read("-drive file=/a,,b.img,if=virtio").file, "/a,b.img");
  EXPECT_EQ(read("-drive if=virtio,file=/a,,").file, "/a,");
}

TEST(QemuLine, ColonsAreProtocolsOnlyBeforeTheFirstSlash) {
  EXPECT_EQ(read("-drive file=/dev/disk/by-path/pci-0000:00:1f.2,if=virtio").file,
            "/dev/disk/by-path/pci-0000:00:1f.2");
  EXPECT_THAT(refusal_of("-drive file=nbd://host/x,if=virtio"), HasSubstr("protocol 'nbd'"));
}

TEST(QemuLine, NativeAioNeedsODirectUnlessQemuIsOld) {
  constexpr std::string_view kLine = "-drive file=/dev/sdb,if=virtio,cache=writeback,aio=native";
  EXPECT_THAT(refusal_of(kLine),
              AllOf(HasSubstr("O_DIRECT"), HasSubstr("2.6"), HasSubstr("cache=none,aio=native")));
  EXPECT_EQ(parse_qemu_line(kLine, kPlace, {.allow_blocking_native = true}).aio, Aio::native);
  EXPECT_EQ(read("-drive file=/dev/sdb,if=virtio,cache=directsync,aio=native").aio, Aio::native);
}

TEST(QemuLine, UnknownOptionsNameTheNearest) {
  EXPECT_EQ(refusal_of("-drive file=/dev/sdb,if=virtio,cahce=none"),
            "command line: -drive: 'cahce' is not an option of it. Did you mean 'cache'?");
  EXPECT_THAT(refusal_of("-drvie file=/dev/sdb"), HasSubstr("Did you mean '-drive'?"));
  EXPECT_THAT(refusal_of("-drive file=/d,if=virtio,file.lockin=on"), HasSubstr("'file.locking'"));
  EXPECT_THAT(refusal_of("-drive file=/d,if=none,id=d -device virtio-blk-pci,drive=d,num-queus=4"),
              HasSubstr("'num-queues'"));
  EXPECT_THAT(refusal_of("-drive file=/d,if=none,id=d -device virtio-blk-pcl,drive=d"),
              HasSubstr("'virtio-blk-pci'"));
  EXPECT_THAT(
      refusal_of("-drive file=/d,if=virtio,cache=wirteback"),
      AllOf(HasSubstr("command line: -drive cache: 'wirteback'"), HasSubstr("Did you mean 'writeback'?")));
  EXPECT_THAT(refusal_of("-drive file=/d,id=data", "dat"), HasSubstr("Did you mean 'data'?"));
}

TEST(QemuLine, RealOptionsWithoutBearingOnTimeAreAccepted) {
  const DiskConfig disk = read(
      "-drive file=/dev/sdb,if=virtio,discard=unmap,detect-zeroes=on,werror=stop,rerror=report,serial=x,"
      "index=1,media=disk,file.locking=off");
  EXPECT_THAT(disk.not_modelled, IsEmpty());
}

TEST(QemuLine, OptionsThatWouldMatterAreReported) {
  const DiskConfig disk = read(
      "-object iothread,id=t,poll-max-ns=0 -drive "
      "file=/dev/sdb,if=none,id=d,throttling.iops-total=100,iops=5 "
      "-device virtio-blk-pci,drive=d,iothread=t,event_idx=off,ioeventfd=on");
  EXPECT_THAT(disk.not_modelled, ElementsAre("-drive throttling.iops-total=100", "-drive iops=5",
                                             "-device event_idx=off", "-object poll-max-ns=0"));
}

TEST(QemuLine, SnapshotIsReadFromTheDriveAndFromTheLine) {
  EXPECT_TRUE(read("-drive file=/dev/sdb,if=virtio,snapshot=on").snapshot);
  EXPECT_TRUE(read("-snapshot -drive file=/dev/sdb,if=virtio").snapshot);
  EXPECT_EQ(read("-snapshot -drive file=/dev/sdb,if=virtio").not_modelled.size(), 1u);
}

TEST(QemuLine, WhatIsNotModelledSaysSo) {
  EXPECT_THAT(refusal_of("-drive file=/d,if=scsi"),
              HasSubstr("-drive if: 'scsi' is not modelled yet; use 'virtio' or 'ide'"));
  EXPECT_THAT(refusal_of("-drive file=/d,if=virtio,format=qcow2"),
              HasSubstr("'qcow2' is not modelled yet; use 'raw'"));
  EXPECT_THAT(refusal_of("-drive file=/d.qcow2,if=virtio"), HasSubstr("format=raw"));
  EXPECT_THAT(refusal_of("-drive file=/d,if=none,id=d -device nvme,drive=d"),
              HasSubstr("'nvme' is not modelled yet"));
  EXPECT_THAT(refusal_of("-blockdev driver=rbd,node-name=d -device virtio-blk-pci,drive=d"),
              HasSubstr("'rbd'"));
  EXPECT_THAT(refusal_of("-machine q35 -drive file=/d,if=ide"), HasSubstr("AHCI"));
}

TEST(QemuLine, MissingPiecesAreNamed) {
  EXPECT_THAT(refusal_of("-m 1024"), HasSubstr("has no disk"));
  EXPECT_THAT(refusal_of("-drive"), HasSubstr("needs an argument"));
  EXPECT_THAT(refusal_of("-drive if=virtio"), HasSubstr("names no file"));
  EXPECT_THAT(refusal_of("disk.img"), HasSubstr("-drive file="));
  EXPECT_THAT(refusal_of("-blockdev '{\"driver\":'"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal_of("-device virtio-blk-pci,drive=x"), HasSubstr("'x' is neither"));
  EXPECT_THAT(refusal_of("-drive file=/d,if=none,id=d -device virtio-blk,drive=d,iothread=t"),
              HasSubstr("-object iothread,id=t"));
  EXPECT_THAT(refusal_of("-blockdev raw,node-name=a,file=a -device virtio-blk,drive=a"),
              HasSubstr("never reaches"));
  EXPECT_THAT(refusal_of("-drive file=/d,if=none,id=d -device virtio-blk,drive=d,queue-size=100"),
              HasSubstr("power of two"));
}

TEST(QemuLine, AnErrorNamesThePlaceOfTheLine) {
  try {
    parse_qemu_line("-drive file=/d,if=usb", {"guest.yaml", 7});
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("guest.yaml:7: -drive if: 'usb'"));
  }
}

}  // namespace
}  // namespace blkpath

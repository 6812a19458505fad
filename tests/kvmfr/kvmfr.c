/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests take for the kvmfr module, in a kernel that boots for them: devices /dev/kvmfrN of
 * the kernel's own memory, which tell their size, are mapped, and of which dma-bufs are made
 * (protocol 6.4).
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define DEVICES_MAX 10

struct kvmfr_create {
	__u8 flags;
	__u64 offset_bytes;
	__u64 bytes;
};

#define KVMFR_CREATE _IOW('u', 0x42, struct kvmfr_create)
#define KVMFR_GET_SIZE _IO('u', 0x44)
#define KVMFR_CLOEXEC 1

struct memory {
	struct cdev *cdev;
	void *base;
	struct page **pages;
	size_t bytes;
};

/* Of a memory. A module is not taken out while anything made by it is in use. */
struct part {
	const struct memory *memory;
	size_t offset_bytes, bytes;
};

static int static_size_mb[DEVICES_MAX];
static int count;
module_param_array(static_size_mb, int, &count, 0444);

static struct memory memories[DEVICES_MAX];
static struct class *class;
static dev_t first;

/* ---- dma-bufs ---------------------------------------------------------------------------------
 */

static struct page **pages_of(const struct part *part)
{
	return part->memory->pages + (part->offset_bytes >> PAGE_SHIFT);
}

static struct sg_table *map_part(
	struct dma_buf_attachment *attachment, enum dma_data_direction direction)
{
	const struct part *part = attachment->dmabuf->priv;
	struct sg_table *table = kzalloc(sizeof *table, GFP_KERNEL);
	int result;

	if (!table)
		return ERR_PTR(-ENOMEM);
	result = sg_alloc_table_from_pages(
		table, pages_of(part), part->bytes >> PAGE_SHIFT, 0, part->bytes, GFP_KERNEL);
	if (!result) {
		result = dma_map_sgtable(attachment->dev, table, direction, 0);
		if (!result)
			return table;
		sg_free_table(table);
	}
	kfree(table);
	return ERR_PTR(result);
}

static void unmap_part(struct dma_buf_attachment *attachment, struct sg_table *table,
	enum dma_data_direction direction)
{
	dma_unmap_sgtable(attachment->dev, table, direction, 0);
	sg_free_table(table);
	kfree(table);
}

static int mmap_part(struct dma_buf *buffer, struct vm_area_struct *area)
{
	const struct part *part = buffer->priv;

	return vm_map_pages(area, pages_of(part), part->bytes >> PAGE_SHIFT);
}

static int vmap_part(struct dma_buf *buffer, struct iosys_map *map)
{
	const struct part *part = buffer->priv;

	iosys_map_set_vaddr(map, part->memory->base + part->offset_bytes);
	return 0;
}

static void release_part(struct dma_buf *buffer)
{
	kfree(buffer->priv);
}

static const struct dma_buf_ops part_ops = {
	.map_dma_buf = map_part,
	.unmap_dma_buf = unmap_part,
	.mmap = mmap_part,
	.vmap = vmap_part,
	.release = release_part,
};

static struct dma_buf *export_part(struct part *part)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.ops = &part_ops;
	info.size = part->bytes;
	info.flags = O_RDWR;
	info.priv = part;
	return dma_buf_export(&info);
}

static long create(const struct memory *memory, const struct kvmfr_create __user *argument)
{
	struct kvmfr_create wanted;
	struct dma_buf *buffer;
	struct part *part;
	int fd;

	if (copy_from_user(&wanted, argument, sizeof wanted))
		return -EFAULT;
	if (!wanted.bytes || !PAGE_ALIGNED(wanted.offset_bytes) || !PAGE_ALIGNED(wanted.bytes) ||
		wanted.bytes > memory->bytes || wanted.offset_bytes > memory->bytes - wanted.bytes)
		return -EINVAL;
	part = kmalloc(sizeof *part, GFP_KERNEL);
	if (!part)
		return -ENOMEM;
	*part = (struct part){memory, wanted.offset_bytes, wanted.bytes};
	buffer = export_part(part);
	if (IS_ERR(buffer)) {
		kfree(part);
		return PTR_ERR(buffer);
	}
	fd = dma_buf_fd(buffer, wanted.flags & KVMFR_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		dma_buf_put(buffer);
	return fd;
}

/* ---- devices ----------------------------------------------------------------------------------
 */

static int open_device(struct inode *inode, struct file *file)
{
	file->private_data = &memories[iminor(inode)];
	return 0;
}

static int mmap_device(struct file *file, struct vm_area_struct *area)
{
	const struct memory *memory = file->private_data;

	if (!(area->vm_flags & VM_SHARED))
		return -EINVAL;
	return vm_map_pages(area, memory->pages, memory->bytes >> PAGE_SHIFT);
}

static long ioctl_device(struct file *file, unsigned int number, unsigned long argument)
{
	const struct memory *memory = file->private_data;

	switch (number) {
	case KVMFR_GET_SIZE:
		return memory->bytes;
	case KVMFR_CREATE:
		return create(memory, (const struct kvmfr_create __user *)argument);
	}
	return -ENOTTY;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open_device,
	.mmap = mmap_device,
	.unlocked_ioctl = ioctl_device,
};

static int get_memory(struct memory *memory, size_t bytes)
{
	size_t page_count = bytes >> PAGE_SHIFT;

	memory->bytes = bytes;
	memory->base = vmalloc_user(bytes);
	memory->pages = kvmalloc_array(page_count, sizeof *memory->pages, GFP_KERNEL);
	if (!memory->base || !memory->pages)
		return -ENOMEM;
	for (size_t i = 0; i < page_count; i++)
		memory->pages[i] = vmalloc_to_page(memory->base + (i << PAGE_SHIFT));
	return 0;
}

static int add_device(int index)
{
	struct memory *memory = &memories[index];
	int result = get_memory(memory, (size_t)static_size_mb[index] << 20);

	if (result)
		return result;
	memory->cdev = cdev_alloc();
	if (!memory->cdev)
		return -ENOMEM;
	memory->cdev->ops = &operations;
	memory->cdev->owner = THIS_MODULE;
	result = cdev_add(memory->cdev, first + index, 1);
	if (result)
		return result;
	return PTR_ERR_OR_ZERO(device_create(class, NULL, first + index, NULL, "kvmfr%d", index));
}

static void remove_device(int index)
{
	struct memory *memory = &memories[index];

	device_destroy(class, first + index);
	if (memory->cdev)
		cdev_del(memory->cdev);
	kvfree(memory->pages);
	vfree(memory->base);
}

static void remove_devices(void)
{
	for (int i = 0; i < count; i++)
		remove_device(i);
	class_destroy(class);
	unregister_chrdev_region(first, DEVICES_MAX);
}

static int __init start(void)
{
	int result = alloc_chrdev_region(&first, 0, DEVICES_MAX, "kvmfr");

	if (result)
		return result;
	class = class_create(THIS_MODULE, "kvmfr");
	if (IS_ERR(class)) {
		unregister_chrdev_region(first, DEVICES_MAX);
		return PTR_ERR(class);
	}
	for (int i = 0; !result && i < count; i++)
		result = add_device(i);
	if (result)
		remove_devices();
	return result;
}

module_init(start);
module_exit(remove_devices);
/* The kernel lends what this needs to modules of its own licence only; the LGPL's section 3 lets
 * this be one. */
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Devices like those of kvmfr, for Oriel's tests");
MODULE_IMPORT_NS(DMA_BUF);

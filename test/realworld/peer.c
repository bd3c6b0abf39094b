/* What libbpf and the live kernel make of the programs of an object: peer OBJECT PACKETS, a JSON line a program. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PACKETS = 256, MAX_SIZE = 9000, LOG_SIZE = 1 << 24 };
static unsigned char packets[MAX_PACKETS][MAX_SIZE];
static unsigned int lengths[MAX_PACKETS];
static int packet_count;
static char *verifier_log;

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (getenv("PEER_VERBOSE"))
		return vfprintf(stderr, format, arguments);
	return 0;
}

static void read_packets(const char *path)
{
	static char line[2 * MAX_SIZE + 2];
	FILE *file = fopen(path, "r");
	if (!file) {
		perror(path);
		exit(2);
	}
	while (packet_count < MAX_PACKETS && fgets(line, sizeof(line), file)) {
		unsigned int n = strcspn(line, "\n") / 2;
		for (unsigned int i = 0; i < n; i++)
			sscanf(line + 2 * i, "%2hhx", &packets[packet_count][i]);
		lengths[packet_count++] = n;
	}
	fclose(file);
}

static void print_hex(const unsigned char *bytes, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		printf("%02x", bytes[i]);
}

/* The last line before the verifier's figures, without what JSON would have to escape. */
static void print_last_line(void)
{
	char *end = strstr(verifier_log, "\nprocessed ");
	if (!end)
		end = verifier_log + strlen(verifier_log);
	while (end > verifier_log && end[-1] == '\n')
		end--;
	char *start = end;
	while (start > verifier_log && start[-1] != '\n')
		start--;
	for (; start < end; start++)
		if (*start != '"' && *start != '\\' && (unsigned char)*start >= ' ')
			putchar(*start);
}

/* Types whose runs take a packet; 2 = a context instead; 0 = no runs. */
static int takes(enum bpf_prog_type type)
{
	switch (type) {
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_CGROUP_SKB:
		return 1;
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_SYSCALL:
		return 2;
	default:
		return 0;
	}
}

static void print_run(int fd, int kind, const unsigned char *packet, unsigned int length)
{
	static unsigned char out[1 << 14];
	unsigned char context[24] = {};
	LIBBPF_OPTS(bpf_test_run_opts, options);
	if (kind == 1) {
		options.data_in = packet;
		options.data_size_in = length;
		options.data_out = out;
		options.data_size_out = sizeof(out);
		options.repeat = 1;
	} else {
		memcpy(context, packet, length < sizeof(context) ? length : sizeof(context));
		options.ctx_in = context;
		options.ctx_size_in = sizeof(context);
	}
	int error = bpf_prog_test_run_opts(fd, &options);
	if (error) {
		printf("\"%d\"", -error);
		return;
	}
	printf("\"%u:", options.retval);
	print_hex(out, kind == 1 ? options.data_size_out : 0);
	printf("\"");
}

static void print_elements(struct bpf_map *map)
{
	static unsigned char key[512], next[512], value[1 << 16];
	unsigned int size = bpf_map__value_size(map), stride = (size + 7) / 8 * 8;
	enum bpf_map_type type = bpf_map__type(map);
	int is_array = type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
	int per_cpu = type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH;
	int fd = bpf_map__fd(map), first = 1, any = 0;
	for (void *from = NULL; bpf_map_get_next_key(fd, from, next) == 0; from = key) {
		unsigned long long *words = (void *)value;
		memcpy(key, next, bpf_map__key_size(map));
		if (bpf_map_lookup_elem(fd, key, value))
			continue;
		for (int cpu = 1; per_cpu && cpu < libbpf_num_possible_cpus(); cpu++)
			for (unsigned int i = 0; i < stride / 8; i++)
				words[i] += words[cpu * stride / 8 + i];
		any = !is_array;
		for (unsigned int i = 0; i < size && !any; i++)
			any = value[i] != 0;
		if (!any)
			continue;
		printf("%s\"", first ? "" : ",");
		print_hex(key, bpf_map__key_size(map));
		printf("=");
		print_hex(value, size);
		printf("\"");
		first = 0;
	}
}

static int is_shown(struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);
	return (type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_LRU_HASH ||
		type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LPM_TRIE) &&
	       !strstr(bpf_map__name(map), ".rodata") && !strstr(bpf_map__name(map), ".kconfig") && bpf_map__value_size(map) < 4096;
}

static int is_loaded_with(const char *name, const char *program)
{
	return strcmp(name, program) == 0 || strncmp(name, "stage_", 6) == 0;
}

static int observe(const char *path, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *each, *program = NULL;
	struct bpf_map *map;
	if (!object)
		return -errno;
	bpf_object__for_each_program(each, object) {
		bpf_program__set_autoload(each, is_loaded_with(bpf_program__name(each), name));
		if (strcmp(bpf_program__name(each), name) == 0)
			program = each;
	}
	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
	/* Section names that this libbpf does not know, as other loaders take them. */
	if (bpf_program__type(program) == BPF_PROG_TYPE_UNSPEC)
		bpf_program__set_type(program, strncmp(bpf_program__section_name(program), "tc", 2) == 0 ?
						       BPF_PROG_TYPE_SCHED_CLS : BPF_PROG_TYPE_XDP);
	verifier_log[0] = 0;
	bpf_program__set_log_buf(program, verifier_log, LOG_SIZE);
	bpf_program__set_log_level(program, 1);
	int error = bpf_object__load(object), kind = takes(bpf_program__type(program)), first = 1;
	printf("{\"program\":\"%s\",\"errno\":%d,\"message\":\"", name, -error);
	if (error)
		print_last_line();
	printf("\",\"runs\":[");
	for (int i = 0; !error && kind && i < packet_count; i++) {
		printf(i ? "," : "");
		print_run(bpf_program__fd(program), kind, packets[i], lengths[i]);
	}
	printf("],\"maps\":{");
	bpf_object__for_each_map(map, object) {
		if (error || !is_shown(map))
			continue;
		printf("%s\"%s\":[", first ? "" : ",", bpf_map__name(map));
		print_elements(map);
		printf("]");
		first = 0;
	}
	printf("}}\n");
	bpf_object__close(object);
	return 0;
}

int main(int count, char **arguments)
{
	struct bpf_object *object;
	struct bpf_program *program;
	if (count != 3)
		return 2;
	verifier_log = malloc(LOG_SIZE);
	libbpf_set_print(quiet);
	read_packets(arguments[2]);
	object = bpf_object__open_file(arguments[1], NULL);
	if (!object) {
		printf("{\"program\":\"*\",\"errno\":%d,\"message\":\"open\",\"runs\":[],\"maps\":{}}\n", errno);
		return 0;
	}
	bpf_object__for_each_program(program, object) {
		observe(arguments[1], bpf_program__name(program));
		fflush(stdout);
	}
	return 0;
}

/* A stand-in for the driver of a card reader with keys (PIN pad), which nobody here has: it gives
 * everything to vpcd's driver and adds what PC/SC part 10 says of FEATURE_VERIFY_PIN_DIRECT. The
 * reader's firmware and its keys are what is not real; pcscd, its protocol and the card are.
 *
 * PIN_PAD_FOLDER/asked gets each PIN_VERIFY_STRUCTURE as a line of hex. Then it waits for
 * PIN_PAD_FOLDER/typed: digits, or !cancel, !timeout, !refuse, !break (the driver fails).
 * PIN_PAD_FOLDER/none: the reader has no keys. */
#include <dlfcn.h>
#include <ifdhandler.h>
#include <reader.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CODE 0x42330006u

static void *real(const char *name) {
	static void *driver;
	if (!driver)
		driver = dlopen(getenv("PIN_PAD_DRIVER"), RTLD_NOW | RTLD_LOCAL);
	void *found = driver ? dlsym(driver, name) : NULL;
	if (!found)
		abort();
	return found;
}

static void place(char *path, const char *name) {
	snprintf(path, 4096, "%s/%s", getenv("PIN_PAD_FOLDER"), name);
}

RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR name) {
	return ((RESPONSECODE (*)(DWORD, LPSTR)) real("IFDHCreateChannelByName"))(lun, name);
}
RESPONSECODE IFDHCreateChannel(DWORD lun, DWORD channel) {
	return ((RESPONSECODE (*)(DWORD, DWORD)) real("IFDHCreateChannel"))(lun, channel);
}
RESPONSECODE IFDHCloseChannel(DWORD lun) {
	return ((RESPONSECODE (*)(DWORD)) real("IFDHCloseChannel"))(lun);
}
RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value) {
	return ((RESPONSECODE (*)(DWORD, DWORD, PDWORD, PUCHAR)) real("IFDHGetCapabilities"))(
		lun, tag, length, value);
}
RESPONSECODE IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value) {
	return ((RESPONSECODE (*)(DWORD, DWORD, DWORD, PUCHAR)) real("IFDHSetCapabilities"))(
		lun, tag, length, value);
}
RESPONSECODE IFDHSetProtocolParameters(
	DWORD lun, DWORD protocol, UCHAR flags, UCHAR a, UCHAR b, UCHAR c) {
	return ((RESPONSECODE (*)(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR)) real(
		"IFDHSetProtocolParameters"))(lun, protocol, flags, a, b, c);
}
RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD length) {
	return ((RESPONSECODE (*)(DWORD, DWORD, PUCHAR, PDWORD)) real("IFDHPowerICC"))(
		lun, action, atr, length);
}
RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send, PUCHAR told, DWORD count,
	PUCHAR answer, PDWORD length, PSCARD_IO_HEADER received) {
	return ((RESPONSECODE (*)(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD,
		PSCARD_IO_HEADER)) real("IFDHTransmitToICC"))(
		lun, send, told, count, answer, length, received);
}
RESPONSECODE IFDHICCPresence(DWORD lun) {
	return ((RESPONSECODE (*)(DWORD)) real("IFDHICCPresence"))(lun);
}

/* Waits for what the person types, as long as the structure says; 0 when the time is over. */
static size_t typed(char *keys, size_t most, unsigned seconds) {
	char path[4096];
	place(path, "typed");
	for (unsigned glance = 0; glance < seconds * 100; glance++) {
		FILE *file = fopen(path, "r");
		if (file) {
			size_t count = fread(keys, 1, most - 1, file);
			fclose(file);
			unlink(path);
			keys[count] = 0;
			return count;
		}
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return 0;
}

static RESPONSECODE says(unsigned status, PUCHAR answer, LPDWORD length) {
	answer[0] = status >> 8;
	answer[1] = status & 0xFF;
	*length = 2;
	return IFD_SUCCESS;
}

static RESPONSECODE verify(
	DWORD lun, PUCHAR told, DWORD count, PUCHAR answer, DWORD room, LPDWORD length) {
	char path[4096], keys[64];
	place(path, "asked");
	FILE *asked = fopen(path, "a");
	for (DWORD at = 0; at < count; at++)
		fprintf(asked, "%02x", told[at]);
	fprintf(asked, "\n");
	fclose(asked);
	PIN_VERIFY_STRUCTURE *wanted = (PIN_VERIFY_STRUCTURE *) told;
	size_t header = offsetof(PIN_VERIFY_STRUCTURE, abData);
	/* one shape only: digits in ASCII from the first byte of the data, in a block of their size */
	size_t block = wanted->bmPINBlockString;
	if (count < header + 5 || wanted->ulDataLength != count - header ||
		wanted->bmFormatString != 0x82 || wanted->bmPINLengthFormat != 0 ||
		wanted->bEntryValidationCondition != 2 || wanted->wLangId != 0x0409 ||
		wanted->abData[4] != block || wanted->ulDataLength != 5 + block)
		return says(0x6B80, answer, length);
	size_t digits = typed(keys, sizeof keys, wanted->bTimerOut);
	if (digits == 0 || !strcmp(keys, "!timeout"))
		return says(0x6400, answer, length);
	if (!strcmp(keys, "!cancel"))
		return says(0x6401, answer, length);
	if (!strcmp(keys, "!refuse"))
		return says(0x6B80, answer, length);
	if (!strcmp(keys, "!break"))
		return IFD_COMMUNICATION_ERROR;
	if (digits < wanted->wPINMaxExtraDigit >> 8 || digits > (wanted->wPINMaxExtraDigit & 0xFF))
		return says(0x6403, answer, length);
	memcpy(wanted->abData + 5, keys, digits);
	SCARD_IO_HEADER send = {.Protocol = 1, .Length = sizeof send}, received = send;
	*length = room;
	return IFDHTransmitToICC(
		lun, send, wanted->abData, wanted->ulDataLength, answer, length, &received);
}

RESPONSECODE IFDHControl(DWORD lun, DWORD code, PUCHAR told, DWORD count, PUCHAR answer,
	DWORD room, LPDWORD length) {
	char path[4096];
	place(path, "none");
	if (code == CM_IOCTL_GET_FEATURE_REQUEST && access(path, F_OK) != 0) {
		/* tag, length, value in big endian; another feature first, as readers have several */
		static const unsigned char features[] = {
			FEATURE_IFD_PIN_PROPERTIES, 4, 0x42, 0x33, 0x00, 0x0A,
			FEATURE_VERIFY_PIN_DIRECT, 4, 0x42, 0x33, 0x00, 0x06};
		memcpy(answer, features, sizeof features);
		*length = sizeof features;
		return IFD_SUCCESS;
	}
	if (code == CODE)
		return verify(lun, told, count, answer, room, length);
	return ((RESPONSECODE (*)(DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD)) real(
		"IFDHControl"))(lun, code, told, count, answer, room, length);
}

default_app_config = "storefront.oscar_apps.voucher.apps.VoucherConfig"
